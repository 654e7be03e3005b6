import { concatMap, type OperatorFunction } from 'rxjs';
import type { TrainBatch } from './bag.js';
import type { StepResult, Trainer } from './trainer.js';

/** Options of {@link trainSteps}. */
export interface TrainStepsOptions<Target> {
  readonly trainer: Trainer<Target>;
  readonly epoch: number;
  readonly learningRate: number;
  /** Batches of the epoch, so that what has accumulated is applied behind the last. */
  readonly steps: number;
  /** Index in the epoch of the first batch; default 0. */
  readonly from?: number | undefined;
}

/**
 * Trains on each batch in turn: the only operator of a pipeline in which there are tensors. For pipelines of one's own; {@link fit} is the whole
 * run.
 *
 * @example
 * ```ts
 * from(mapAhead(load, { ahead: 2 })(plan)).pipe(trainSteps({ trainer, epoch: 0, learningRate: 1e-4, steps: plan.length }));
 * ```
 */
export function trainSteps<Target>(options: TrainStepsOptions<Target>): OperatorFunction<TrainBatch<Target>, StepResult> {
  const { trainer, epoch, learningRate, steps, from = 0 } = options;
  return concatMap((batch, index) => {
    const step = from + index;
    return trainer.step(batch, { epoch, step, learningRate, last: step + 1 === steps });
  });
}
