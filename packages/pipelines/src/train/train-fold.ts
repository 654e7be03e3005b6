import { join } from 'node:path';
import type { RunConfig } from '@slidestream/config';
import { SlidestreamError } from '@slidestream/core';
import { readSafetensors, writeSafetensors } from '@slidestream/formats';
import type { Fold } from '@slidestream/labels';
import { loadStateDict } from '@slidestream/tensors';
import {
  type BagResult,
  type Evaluation,
  evaluate,
  fit,
  metricsWithIntervals,
  type Scored,
  type SlideModel,
  type TrainEvent,
} from '@slidestream/training';
import { checkpointFolder } from '@slidestream/training/node';
import { lastValueFrom, tap } from 'rxjs';
import { concatMap } from 'rxjs/operators';
import type { PredictionSplit } from '../predictions.js';
import type { RecipeContext } from '../recipe-context.js';
import type { RunFolder } from '../run-folder.js';
import type { RunLog } from '../run-folder-log.js';
import type { MetricInterval } from '../summary.js';
import { evaluationBagsOf, type InstanceAccess, inputOf, missingSlides } from './bag-access.js';
import { buildModel, type ModelRegistries } from './build-model.js';
import { type EventFile, openEventFile } from './event-file.js';
import { foldFit } from './fold-fit.js';
import type { FoldResult, LeftOut } from './fold-result.js';
import type { LabelledBag } from './labelled-bag.js';
import { type PredictionRow, type RunTask, runTaskOf } from './run-task.js';

/** What the training of one fold works with. */
export interface TrainFoldOptions extends ModelRegistries {
  readonly config: RunConfig;
  readonly configHash: string;
  readonly fold: Fold;
  readonly classes: readonly string[];
  readonly access: InstanceAccess;
  readonly run: RunFolder;
  readonly log: RunLog;
  readonly context: RecipeContext;
}

/** Tensors as exact files. */
const tensorFile = { write: writeSafetensors, read: readSafetensors };

/** The checkpoints of a fold. */
export function foldCheckpoints(run: RunFolder, fold: number): ReturnType<typeof checkpointFolder> {
  return checkpointFolder(join(run.checkpoints, `fold-${fold}`), { tensorFile });
}

/**
 * Trains one fold from its newest checkpoint on, or from the beginning, then tests the chosen weights on all instances.
 *
 * @throws SlidestreamError `training/*`, `pipelines/empty-split`
 */
export async function trainFold(options: TrainFoldOptions): Promise<FoldResult> {
  const { config, fold, classes, access, run, log, context, heads } = options;
  const started = performance.now();
  const task = runTaskOf(config, fold, classes, heads);
  const leftOut: LeftOut[] = [];
  const bagsOf = (rows: Fold['train']): LabelledBag<never>[] => readable(task.bags(rows), options, leftOut);
  const [train, val, test] = [bagsOf(fold.train), bagsOf(fold.val), bagsOf(fold.test)];
  for (const { bag, reason } of leftOut) context.logger.warn(`fold ${fold.fold}: ${bag} is left out: ${reason}`);
  if (train.length === 0) throw emptySplit('train', fold.fold);
  if (test.length === 0) throw emptySplit('test', fold.fold);

  const featureWidth = access.kind === 'features' ? access.source.width : undefined;
  const build = (): Promise<SlideModel> => buildModel({ ...options, outputs: task.task.outputs, featureWidth, fold: fold.fold });
  const events = await openEventFile(join(run.path, 'events', `fold-${fold.fold}`));
  const model = await build();
  const teacher = config.training.ema === undefined ? undefined : { ...config.training.ema, model: await build() };
  try {
    const checkpoints = foldCheckpoints(run, fold.fold);
    const resume = await checkpoints.newest();
    for (const { name, reason } of resume.skipped) context.logger.warn(`checkpoint ${name} is passed over: ${reason}`);
    const { training, evaluation } = config;
    const input = inputOf(access, config);
    const events$ = fit({
      ...foldFit({ config, model, task: task.task, train, access }),
      teacher,
      ...(val.length === 0 ? {} : { validation: evaluationBagsOf(val, access, config) }),
      ...(training.earlyStopping === undefined
        ? {}
        : { earlyStopping: { patience: training.earlyStopping.patience, minEpoch: training.earlyStopping.after } }),
      stopBy: evaluation.weights,
      checkpoints,
      checkpointEverySteps: training.checkpointEverySteps,
      resume: resume.snapshot,
      configHash: options.configHash,
      signal: context.signal,
    });
    const done = await lastValueFrom(
      events$.pipe(
        concatMap(async (event) => {
          await record(event, fold.fold, log);
          await chart(event, events);
          return event;
        }),
        tap((event) => report(event, options)),
      ),
    );
    if (done.kind !== 'done') throw new TypeError('the run ended without saying so');

    const tested = await chosenWeights(options, model, teacher?.model, checkpoints);
    const predictions: PredictionRow[] = [];
    const testOn = (bags: readonly LabelledBag<never>[], split: PredictionSplit): Promise<Evaluation<never>> =>
      evaluate({
        model: tested,
        task: task.task,
        input,
        bags: evaluationBagsOf(bags, access, config)(),
        tilesPerChunk: evaluation.tilesPerChunk,
        attention: false,
        signal: context.signal,
        onBag: rowsInto(predictions, bags, task, { fold: fold.fold, split }),
      });
    const validated = val.length === 0 ? null : await testOn(val, 'val');
    const { scored } = await testOn(test, 'test');
    const best = evaluation.weights === 'teacher' ? done.progress.teacherBest : done.progress.best;
    return {
      fold: fold.fold,
      classes: task.classes,
      binEdges: task.binEdges,
      featureWidth: featureWidth ?? null,
      ...(access.kind === 'features' && access.source.scale !== undefined ? { featureScale: access.source.scale } : {}),
      summary: {
        fold: fold.fold,
        test: intervals(task, scored, test, config),
        ...(validated === null ? {} : { val: validated.metrics }),
        bestEpoch: evaluation.checkpoint === 'best' ? best?.epoch : done.progress.epoch - 1,
        epochs: done.progress.epoch,
        trainLoss: done.progress.history.at(-1)?.trainLoss,
        sizes: { train: train.length, val: val.length, test: test.length },
      },
      predictions,
      leftOut,
      seconds: (performance.now() - started) / 1000,
    };
  } finally {
    await events.close();
    model.dispose();
    teacher?.model.dispose();
  }
}

function readable(bags: LabelledBag<never>[], { access, config }: TrainFoldOptions, leftOut: LeftOut[]): LabelledBag<never>[] {
  return bags.filter((bag) => {
    const missing = missingSlides(bag, access, config);
    if (missing.length === 0) return true;
    const reason = `no ${access.kind} of ${missing.join(', ')}`;
    if (config.data.onMissing === 'error') throw missingBag(bag.id, reason);
    leftOut.push({ bag: bag.id, slides: missing, reason });
    return false;
  });
}

async function chosenWeights(
  { config, fold }: TrainFoldOptions,
  model: SlideModel,
  teacher: SlideModel | undefined,
  checkpoints: ReturnType<typeof foldCheckpoints>,
): Promise<SlideModel> {
  const { weights, checkpoint } = config.evaluation;
  const tested = weights === 'teacher' && teacher !== undefined ? teacher : model;
  if (checkpoint === 'last') return tested;
  const best = await checkpoints.best(weights);
  if (best === null) {
    throw new SlidestreamError({
      code: 'pipelines/no-weights',
      category: 'data',
      message: `fold ${fold.fold} has no best weights whose hashes hold`,
      hint: 'Remove the fold’s checkpoints and train it again',
    });
  }
  loadStateDict(tested, best);
  return tested;
}

function rowsInto(
  rows: PredictionRow[],
  bags: readonly LabelledBag<never>[],
  task: RunTask<never>,
  place: { readonly fold: number; readonly split: PredictionSplit },
): (result: BagResult) => void {
  const byId = new Map(bags.map((bag) => [bag.id, bag]));
  return (result) => {
    const known = byId.get(result.id) ?? null;
    rows.push(task.row({ id: result.id, case: known?.case ?? result.id, known }, result, place));
  };
}

function intervals(
  task: RunTask<never>,
  scored: readonly Scored<never>[],
  bags: readonly LabelledBag<never>[],
  config: RunConfig,
): Record<string, MetricInterval> {
  const { bootstrap, confidence } = config.evaluation;
  if (bootstrap === 0) {
    const metrics = task.task.metrics(scored);
    return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, { value, low: Number.NaN, high: Number.NaN }]));
  }
  const caseOf = new Map(bags.map((bag) => [bag.id, bag.case]));
  const groups = scored.map(({ id }) => caseOf.get(id) ?? id);
  return metricsWithIntervals(task.task, scored, { seed: config.seed, resamples: bootstrap, level: confidence, groups });
}

async function record(event: TrainEvent, fold: number, log: RunLog): Promise<void> {
  if (event.kind === 'step') {
    const { epoch, step, loss, auxiliaryLoss, learningRate, gradientNorm, instances, loadSeconds, stepSeconds, ids } = event;
    await log.append({
      kind: 'step',
      fold,
      epoch,
      step,
      loss,
      auxiliaryLoss,
      learningRate,
      gradientNorm,
      instances,
      loadSeconds,
      stepSeconds,
      ids,
    });
  } else if (event.kind === 'epoch') {
    await log.append({ kind: 'epoch', fold, ...event.record });
  }
}

/** What TensorBoard draws: losses and learning rate by step, validation by epoch. */
async function chart(event: TrainEvent, events: EventFile): Promise<void> {
  if (event.kind === 'step') {
    const { loss, auxiliaryLoss, learningRate, gradientNorm } = event;
    const at = event.epoch * event.stepsInEpoch + event.step;
    await events.scalars(at, {
      'train/loss': loss,
      'train/auxiliaryLoss': auxiliaryLoss,
      'train/learningRate': learningRate,
      'train/gradientNorm': gradientNorm,
    });
  } else if (event.kind === 'epoch') {
    const { epoch, trainLoss, validation } = event.record;
    const metrics = Object.entries(validation?.metrics ?? {}).map(([name, value]) => [`val/${name}`, value]);
    await events.scalars(epoch, { 'train/epochLoss': trainLoss, 'val/loss': validation?.loss ?? null, ...Object.fromEntries(metrics) });
  }
}

function report(event: TrainEvent, { config, fold, context }: TrainFoldOptions): void {
  const { epochs } = config.training;
  if (event.kind === 'step') {
    const { epoch, step, stepsInEpoch } = event;
    const current = `fold ${fold.fold} epoch ${epoch + 1}/${epochs} loss ${event.loss.toFixed(4)}`;
    context.onProgress({ unit: 'steps', done: epoch * stepsInEpoch + step + 1, total: epochs * stepsInEpoch, current });
  } else if (event.kind === 'epoch') {
    const { epoch, trainLoss, validation } = event.record;
    const checked = validation === null ? '' : `, validation loss ${validation.loss.toFixed(4)}`;
    context.logger.info(`fold ${fold.fold} epoch ${epoch + 1}/${epochs}: training loss ${trainLoss.toFixed(4)}${checked}`);
  }
}

function missingBag(slide: string, message: string): SlidestreamError {
  return new SlidestreamError({
    code: 'pipelines/missing-instances',
    category: 'data',
    message,
    where: { slide },
    hint: 'Prepare these slides, correct the label table, or leave them out by data.onMissing: skip',
  });
}

function emptySplit(split: string, fold: number): SlidestreamError {
  return new SlidestreamError({
    code: 'pipelines/empty-split',
    category: 'data',
    message: `fold ${fold} has no ${split} slides that can be read`,
    hint: 'Check that the label table names the slides of the store, and that tiling found tissue',
  });
}
