import { createHash } from 'node:crypto';
import type { RunConfig } from '@slidestream/config';
import { SlidestreamError } from '@slidestream/core';
import { writeFileAtomic } from '@slidestream/core/node';
import { startEngine } from '@slidestream/engine-node';
import { withPlugins } from '../plugins/load-plugins.js';
import type { PredictionTable } from '../predictions.js';
import type { RecipeContext } from '../recipe-context.js';
import { openRunFolder, type RunFolder } from '../run-folder.js';
import { hashInputs } from '../run-folder-inputs.js';
import type { RunManifest } from '../run-folder-manifest.js';
import { type RunSummary, summarise } from '../summary.js';
import type { ModelRegistries } from './build-model.js';
import { type FoldResult, readFoldResult, writeFoldResult } from './fold-result.js';
import { type Cohort, openCohort } from './open-cohort.js';
import { foldCheckpoints, trainFold } from './train-fold.js';

/** What to train, and where to. */
export interface TrainRunOptions extends ModelRegistries {
  readonly config: RunConfig;
  /** The resolved configuration as YAML, kept in the run folder. */
  readonly configText: string;
  /** Run folder. */
  readonly out: string;
  /** Go on with a run that was stopped; without it a folder that holds a run is refused. */
  readonly resume?: boolean | undefined;
}

/** What a training run gave. */
export interface TrainRunResult {
  readonly run: string;
  readonly summary: RunSummary;
  /** Bags that could not be read, by fold. */
  readonly leftOut: readonly { readonly fold: number; readonly bag: string; readonly reason: string }[];
}

/**
 * Trains and tests every fold of a configuration; a run that was stopped goes on exactly where it was.
 *
 * @throws SlidestreamError `run/exists`, `run/other-parameters`, and what {@link trainFold} throws
 */
export async function trainRun(asked: TrainRunOptions, context: RecipeContext): Promise<TrainRunResult> {
  const { config, configText, out, resume = false } = asked;
  const options = { ...asked, ...(await withPlugins(config.plugins, asked)) };
  const started = performance.now();
  const cohort = await openCohort(config, options);
  try {
    const run = await openRunFolder(out);
    if (!resume && (await run.manifest()) !== null) throw runExists(out);
    const engine = await startEngine({ ...config.engine, deterministic: true });
    const manifest: RunManifest = {
      format: 1,
      versions: {
        slidestream: '0.1.0',
        node: process.version,
        tfjs: engine.tfjsVersion,
        ...(engine.tensorflowVersion === null ? {} : { tensorflow: engine.tensorflowVersion }),
      },
      device: `${engine.device}: ${engine.deviceName}`,
      seed: config.seed,
      config,
      inputs: await hashInputs(cohort.inputs),
      startedAt: new Date().toISOString(),
    };
    await run.start(manifest);
    await writeFileAtomic(run.configPath, configText);
    const results = await trainFolds(options, context, run, cohort);
    await run.writePredictions(predictionTable(results, config));
    const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
    const summary = summarise({
      task: config.task,
      ...(results[0]?.classes == null ? {} : { classes: results[0].classes }),
      folds: results.map((result) => result.summary),
      seconds,
      seed: config.seed,
    });
    await run.writeSummary(summary);
    context.logger.info(`trained ${results.length} folds`, { seconds: (performance.now() - started) / 1000 });
    return {
      run: out,
      summary,
      leftOut: results.flatMap(({ fold, leftOut }) => leftOut.map(({ bag, reason }) => ({ fold, bag, reason }))),
    };
  } finally {
    cohort.close();
  }
}

async function trainFolds(options: TrainRunOptions, context: RecipeContext, run: RunFolder, cohort: Cohort): Promise<FoldResult[]> {
  const { folds: chosen, table } = cohort;
  const finished = new Map<number, FoldResult>();
  const stepsKept = new Map<number, number>();
  for (const { fold } of chosen) {
    const result = await readFoldResult(run.path, fold);
    if (result !== null) finished.set(fold, result);
    else stepsKept.set(fold, await stepsDone(run, fold));
  }
  // What a killed run logged behind its last checkpoint happens again, and is logged again.
  const log = await run.openLog({ keep: keepUntil(stepsKept) });
  try {
    for (const fold of chosen) {
      if (finished.has(fold.fold)) continue;
      const configHash = hashOf(options.config);
      const access = await cohort.accessOf(fold);
      const result = await trainFold({ ...options, configHash, fold, classes: table.classes, access, run, log, context });
      await writeFoldResult(run.path, result);
      finished.set(fold.fold, result);
    }
  } finally {
    await log.close();
  }
  return chosen.map(({ fold }) => finished.get(fold) as FoldResult);
}

/** Epoch and step from which a fold goes on, as one number that grows. */
async function stepsDone(run: RunFolder, fold: number): Promise<number> {
  const { snapshot } = await foldCheckpoints(run, fold).newest();
  return snapshot === null ? 0 : position(snapshot.progress.epoch, snapshot.progress.step);
}

const STEPS_IN_EPOCH = 2 ** 32;

function position(epoch: number, step: number): number {
  return epoch * STEPS_IN_EPOCH + step;
}

function keepUntil(positions: ReadonlyMap<number, number>): (record: Readonly<Record<string, unknown>>) => boolean {
  return ({ kind, fold, epoch, step }) => {
    const until = positions.get(fold as number);
    if (until === undefined) return true;
    return kind === 'epoch' ? position((epoch as number) + 1, 0) <= until : position(epoch as number, step as number) < until;
  };
}

function predictionTable(results: readonly FoldResult[], config: RunConfig): PredictionTable {
  const rows = results.flatMap(({ predictions }) => predictions);
  if (config.task === 'survival') return { task: 'survival', rows } as PredictionTable;
  return { task: 'classification', classes: results[0]?.classes ?? [], rows } as PredictionTable;
}

function hashOf(config: RunConfig): string {
  return createHash('sha256').update(JSON.stringify(config)).digest('hex');
}

function runExists(out: string): SlidestreamError {
  return new SlidestreamError({
    code: 'run/exists',
    category: 'usage',
    message: 'there is a run in this folder already',
    where: { file: out },
    hint: 'Go on with it by --resume, or choose another folder',
  });
}
