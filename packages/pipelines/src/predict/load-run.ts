import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encoders as ownEncoders } from '@slidestream/backbones';
import { type RunConfig, runSchema } from '@slidestream/config';
import { randomStream, SlidestreamError, type StateDict } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { startEngine } from '@slidestream/engine-node';
import { loadStateDict } from '@slidestream/tensors';
import { endToEnd, type SlideModel } from '@slidestream/training';
import type { CheckpointFolder } from '@slidestream/training/node';
import { withPlugins } from '../plugins/load-plugins.js';
import { notARun, openRunFolder } from '../run-folder.js';
import { parseManifest } from '../run-folder-manifest.js';
import { buildModel, type ModelRegistries } from '../train/build-model.js';
import { fillEncoder } from '../train/encoder-weights.js';
import { type FoldResult, readFoldResult } from '../train/fold-result.js';
import { type RunTask, runTaskFromFacts } from '../train/run-task.js';
import { foldCheckpoints } from '../train/train-fold.js';

/** A fold of a finished run, ready to look at new slides. */
export interface LoadedRun {
  readonly path: string;
  readonly config: RunConfig;
  readonly fold: FoldResult;
  readonly task: RunTask<never>;
  /** Head on features, or encoder and head. */
  readonly model: SlideModel;
  /** Encoder and head, also for a run on features: takes tiles. */
  readonly tileModel: SlideModel;
  dispose(): void;
}

/** The checked configuration of a run folder. @throws SlidestreamError `run/not-a-run`, `io/*` */
export async function readRunConfig(path: string): Promise<RunConfig> {
  const file = join(path, 'run.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw notARun(path);
    throw ioError(error, file);
  }
  return runSchema.parse(parseManifest(text, file).config);
}

/**
 * Loads the chosen weights of one fold of a run.
 *
 * @throws SlidestreamError `run/not-a-run`, `run/fold-not-done`, `run/no-weights`, `engine/*`
 */
export async function loadRun(path: string, fold: number, given: ModelRegistries = {}): Promise<LoadedRun> {
  const config = await readRunConfig(path);
  const registries = await withPlugins(config.plugins, given);
  const result = await readFoldResult(path, fold);
  if (result === null) throw foldNotDone(path, fold);
  await startEngine({ ...config.engine, deterministic: true });
  const task = runTaskFromFacts(config, result, registries.heads);
  const model = await buildModel({
    ...registries,
    config: withoutWeights(config),
    outputs: task.task.outputs,
    featureWidth: result.featureWidth ?? undefined,
    fold,
  });
  const checkpoints = foldCheckpoints(await openRunFolder(path), fold);
  const weights = await chosenWeights(checkpoints, config);
  if (weights == null) throw noWeights(path, fold);
  loadStateDict(model, weights);
  const tileModel = model.encoder === null ? await withEncoder(model, config, registries) : model;
  return { path, config, fold: result, task, model, tileModel, dispose: () => tileModel.dispose() };
}

async function chosenWeights(checkpoints: CheckpointFolder, { evaluation }: RunConfig): Promise<StateDict | null | undefined> {
  if (evaluation.checkpoint === 'best') return checkpoints.best(evaluation.weights);
  const { snapshot } = await checkpoints.newest();
  return evaluation.weights === 'teacher' ? snapshot?.teacher : snapshot?.weights;
}

/** An end-to-end checkpoint holds the encoder: the file that training began with is not needed any more. */
function withoutWeights(config: RunConfig): RunConfig {
  return { ...config, encoder: { ...config.encoder, weights: undefined } };
}

async function withEncoder(model: SlideModel, config: RunConfig, { encoders = ownEncoders }: ModelRegistries): Promise<SlideModel> {
  const encoder = encoders.build(config.encoder, randomStream(config.seed, 'embed'));
  await fillEncoder(encoder, config.encoder);
  return endToEnd({ encoder, head: model.head, freezeEncoder: true });
}

function foldNotDone(file: string, fold: number): SlidestreamError {
  return new SlidestreamError({
    code: 'run/fold-not-done',
    category: 'usage',
    message: `fold ${fold} of this run is not finished`,
    where: { file },
    hint: 'Finish it with slidestream train --resume, or name another fold',
  });
}

function noWeights(file: string, fold: number): SlidestreamError {
  return new SlidestreamError({
    code: 'run/no-weights',
    category: 'data',
    message: `fold ${fold} has no weights whose hashes hold`,
    where: { file },
    hint: 'Remove results/ and checkpoints/ of the fold and train it again',
  });
}
