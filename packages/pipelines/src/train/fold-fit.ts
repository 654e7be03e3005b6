import type { RunConfig } from '@slidestream/config';
import type { FitOptions, SlideModel, Task } from '@slidestream/training';
import { batchesOf, type InstanceAccess, inputOf } from './bag-access.js';
import type { LabelledBag } from './labelled-bag.js';
import { optimiserOf, scheduleOf } from './training-settings.js';

/** What one fold is trained on. */
export interface FoldFitOptions {
  readonly config: RunConfig;
  readonly model: SlideModel;
  readonly task: Task<never>;
  readonly train: readonly LabelledBag<never>[];
  readonly access: InstanceAccess;
}

/** The training of one fold as the configuration has it; validation, teacher and checkpoints are the caller's. */
export function foldFit({ config, model, task, train, access }: FoldFitOptions): FitOptions<never, never> {
  const { training } = config;
  return {
    model,
    task,
    input: inputOf(access, config),
    optimiser: optimiserOf(config),
    schedule: scheduleOf(config, Math.ceil(train.length / training.batchSize)),
    scheduleBy: training.scheduleBy,
    seed: config.seed,
    epochs: training.epochs,
    batches: batchesOf(train, access, config),
    tilesPerChunk: training.tilesPerChunk,
    accumulate: training.accumulation,
    clipNorm: training.clip,
  };
}
