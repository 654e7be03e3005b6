import { SlidestreamError } from '@slidestream/core';
import { openTileStore } from '@slidestream/lmdb-io';
import { findSlides } from '@slidestream/slides';
import { attempt, collectFailures, type ItemFailure, mapConcurrent, progress } from '@slidestream/streams';
import { type BagResult, evaluateBag } from '@slidestream/training';
import { lastValueFrom, toArray } from 'rxjs';
import type { PredictionTable } from '../predictions.js';
import type { RecipeContext } from '../recipe-context.js';
import type { ModelRegistries } from '../train/build-model.js';
import type { PredictionRow } from '../train/run-task.js';
import { tileBags } from '../train/tile-batches.js';
import { storeTiles, type TileScaleSource } from '../train/tile-scale-source.js';
import { tileInputOf } from '../train/training-settings.js';
import { type LoadedRun, loadRun } from './load-run.js';
import { slideAttention } from './slide-attention.js';

/** Which slides to predict with which run. Exactly one of `store` and `slides`. */
export interface PredictOptions extends ModelRegistries {
  readonly run: string;
  /** Fold whose model is used; default 0. */
  readonly fold?: number | undefined;
  readonly store?: string | undefined;
  /** Files, folders or CSVs of slides: tiled as the run tiled its own. */
  readonly slides?: readonly string[] | undefined;
  /** µm/px of level 0, for slides that do not say. */
  readonly mpp?: number | undefined;
}

/** Predictions, and the slides that could not be predicted. */
export interface PredictResult {
  readonly table: PredictionTable;
  readonly failures: readonly { readonly slide: string; readonly error: SlidestreamError }[];
}

/**
 * Predicts new slides with a trained run, in bounded memory.
 *
 * @throws SlidestreamError `run/*`, `store/*`, `engine/*`, `streams/stopped`
 */
export async function predictRun(options: PredictOptions, context: RecipeContext): Promise<PredictResult> {
  if ((options.store === undefined) === (options.slides === undefined)) {
    throw new SlidestreamError({ code: 'pipelines/predict-what', category: 'usage', message: 'give either a tile store or slides' });
  }
  const loaded = await loadRun(options.run, options.fold ?? 0, options);
  try {
    return options.store === undefined ? await predictSlides(loaded, options, context) : await predictStore(loaded, options.store, context);
  } finally {
    loaded.dispose();
  }
}

/** Runs the stored tiles of a slide through a run's model, encoder included. */
async function evaluateStoredSlide(loaded: LoadedRun, source: TileScaleSource, slide: string): Promise<BagResult> {
  const { config, tileModel } = loaded;
  const { tilesPerChunk } = config.evaluation;
  const input = tileInputOf(config, (tileModel.encoder as NonNullable<typeof tileModel.encoder>).spec, source.tileSizePx);
  const [bag] = [
    ...(tileBags([{ id: slide, case: slide, slides: [slide], label: '', target: null }], source, tilesPerChunk)() as Iterable<never>),
  ];
  return evaluateBag(bag as never, { model: tileModel, input, tilesPerChunk });
}

async function predictSlides(loaded: LoadedRun, options: PredictOptions, context: RecipeContext): Promise<PredictResult> {
  const files = await findSlides(options.slides ?? []);
  return collect(
    loaded,
    files,
    ({ id }) => id,
    async (file) => {
      const { result, close } = await slideAttention(loaded, file, options.mpp);
      await close();
      return result;
    },
    context,
  );
}

async function predictStore(loaded: LoadedRun, path: string, context: RecipeContext): Promise<PredictResult> {
  const reader = openTileStore(path);
  try {
    const source = await storeTiles(reader);
    return await collect(
      loaded,
      reader.slides,
      (slide) => slide,
      (slide) => evaluateStoredSlide(loaded, source, slide),
      context,
    );
  } finally {
    reader.close();
  }
}

async function collect<I>(
  loaded: LoadedRun,
  items: readonly I[],
  nameOf: (item: I) => string,
  run: (item: I) => Promise<BagResult>,
  context: RecipeContext,
): Promise<PredictResult> {
  const failures: ItemFailure<I>[] = [];
  const toRow = async (item: I): Promise<PredictionRow> => {
    const slide = nameOf(item);
    return loaded.task.row({ id: slide, case: slide, known: null }, await run(item), { fold: loaded.fold.fold, split: 'predict' });
  };
  const rows$ = mapConcurrent(attempt(toRow), { concurrency: 1, signal: context.signal })(items).pipe(
    collectFailures<PredictionRow, I>({ upTo: Number.POSITIVE_INFINITY, into: failures }),
    progress({ unit: 'slides', onProgress: context.onProgress, total: items.length, current: ({ slide }) => slide }),
    toArray(),
  );
  const rows = await lastValueFrom(rows$);
  const table = loaded.task.classes === null ? { task: 'survival', rows } : { task: 'classification', classes: loaded.task.classes, rows };
  return { table: table as PredictionTable, failures: failures.map(({ item, error }) => ({ slide: nameOf(item), error })) };
}
