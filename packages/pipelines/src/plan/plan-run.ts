import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import type { TileImages } from '@slidestream/augment';
import type { RunConfig } from '@slidestream/config';
import { SlidestreamError } from '@slidestream/core';
import { type Fold, folds, type LabelTable, matchSlides, readLabelTable } from '@slidestream/labels';
import { openTileStore } from '@slidestream/lmdb-io';
import { findSlides } from '@slidestream/slides';
import type { RecipeContext } from '../recipe-context.js';
import { scaleRolesOf } from '../tiling-settings.js';
import type { ModelRegistries } from '../train/build-model.js';
import { storeTiles } from '../train/tile-scale-source.js';
import { measureModel } from './measure-model.js';
import { measureSlides } from './measure-slides.js';
import { type PlanEstimate, planEstimate } from './plan-estimate.js';
import { type SurveyedSlide, surveySlides } from './survey-slides.js';

/** What to plan. */
export interface PlanOptions extends ModelRegistries {
  readonly config: RunConfig;
  /** Where the run would be written: whose free space counts. Default: the working directory. */
  readonly out?: string | undefined;
  /** Slides whose tissue is looked at; default 8, spread over the cohort. */
  readonly sample?: number | undefined;
}

/** What a run would take. */
export interface RunPlan extends PlanEstimate {
  readonly slides: {
    /** With labels and readable: those that the run would work on. */
    readonly usable: number;
    readonly unreadable: readonly { readonly slide: string; readonly code: string; readonly message: string }[];
    /** In the label table, but not among the slides. */
    readonly missing: readonly string[];
    /** Among the slides, but not in the label table. */
    readonly unlabelled: number;
  };
  /** Slides whose tissue was looked at, and whose tiles were read. */
  readonly sampled: number;
  /** What there is: bytes free where the run goes, bytes of memory, cores. */
  readonly machine: { readonly freeBytes: number; readonly memoryBytes: number; readonly cores: number };
}

/** What is known of the tiles before training. */
interface Instances {
  readonly slides: RunPlan['slides'];
  readonly sampled: number;
  /** Tiles of all usable slides, by scale. */
  readonly tiles: Readonly<Record<string, number>>;
  readonly storeBytes: number;
  readonly tileSeconds: number;
  readonly packSeconds: number;
  readonly images: readonly TileImages[];
}

/**
 * What a run would take, before hours are spent: every slide is opened, the tissue of some is found, some of their tiles are read, and the
 * model is timed on them, a training step included.
 *
 * @throws SlidestreamError `plan/nothing-to-plan`, `plan/no-slides`, `plan/no-tiles`, and what reading labels, slides and weights throws
 */
export async function planRun(options: PlanOptions, context: RecipeContext): Promise<RunPlan> {
  const { config, out = '.' } = options;
  const { data } = config;
  if (data.labels === undefined || (data.slides === undefined && data.stores === undefined)) throw nothingToPlan();
  const table = await readLabelTable(data.labels, { task: config.task, columns: data.columns, classes: data.classes });
  const all = folds(table, { ...config.folds, folds: config.folds.count, seed: config.seed, compat: config.compat });
  const chosen = all.filter(({ fold }) => config.folds.only === undefined || config.folds.only.includes(fold));
  const instances =
    data.stores === undefined ? await fromSlides(table, data.slides ?? [], options, context) : await fromStores(table, config);
  if (instances.images.length === 0) throw noTiles();
  const model = await measureModel(config, { ...options, fold: chosen[0] as Fold, classes: table.classes, tiles: instances.images });
  const { main } = scaleRolesOf(config);
  const tilesPerSlide = (instances.tiles[main] ?? 0) / Math.max(1, instances.slides.usable);
  const cores = availableParallelism();
  const { bavail, bsize } = await statfs(await existing(out));
  return {
    ...planEstimate(config, chosen, { ...instances, model, tilesPerSlide, mainTiles: instances.tiles[main] ?? 0, cores }),
    slides: instances.slides,
    sampled: instances.sampled,
    machine: { freeBytes: bavail * bsize, memoryBytes: totalmem(), cores },
  };
}

async function fromSlides(
  table: LabelTable,
  paths: string | readonly string[],
  { config, sample = 8 }: PlanOptions,
  context: RecipeContext,
): Promise<Instances> {
  const files = await findSlides(typeof paths === 'string' ? [paths] : paths);
  const { readable, failures } = await surveySlides(files, config, context);
  const matches = matchSlides(
    table.rows,
    files.map(({ id }) => id),
  );
  const labelled = new Set(matches.matched.map(({ id }) => id));
  const usable = readable.filter(({ file }) => labelled.has(file.id));
  const unreadable = failures.map(({ item, error }) => ({ slide: item.id, code: error.code, message: error.message }));
  if (usable.length === 0) throw noSlides(files.length, unreadable[0]?.message);
  const chosen = spread(usable, sample);
  const measured = await measureSlides(chosen, config, context);
  const pixels = usable.reduce((sum, one) => sum + one.pixels, 0);
  const tiles = Object.fromEntries(Object.entries(measured.density).map(([name, density]) => [name, Math.round(density * pixels)]));
  const storeBytes = Object.entries(tiles).reduce((sum, [name, count]) => sum + count * (measured.tileBytes[name] ?? 0), 0);
  const total = Object.values(tiles).reduce((sum, count) => sum + count, 0);
  return {
    slides: {
      usable: usable.length,
      unreadable,
      missing: matches.missing.map(({ slide }) => slide),
      unlabelled: matches.unlabelled.length,
    },
    sampled: chosen.length,
    tiles,
    storeBytes,
    tileSeconds: readable.length * measured.tissueSeconds,
    packSeconds: total * measured.packSeconds,
    images: measured.tiles,
  };
}

/** Stores are there: nothing has to be tiled or packed, and the tiles are counted. */
async function fromStores(table: LabelTable, config: RunConfig): Promise<Instances> {
  const { main } = scaleRolesOf(config);
  const stores = typeof config.data.stores === 'string' ? { [main]: config.data.stores } : (config.data.stores ?? {});
  const tiles: Record<string, number> = {};
  const images: TileImages[] = [];
  let slides: RunPlan['slides'] = { usable: 0, unreadable: [], missing: [], unlabelled: 0 };
  for (const [name, path] of Object.entries(stores)) {
    using reader = openTileStore(path);
    const matches = matchSlides(table.rows, reader.slides);
    const used = [...new Set(matches.matched.map(({ id }) => id))].filter((slide) => reader.tileCount(slide) > 0);
    tiles[name] = used.reduce((sum, slide) => sum + reader.tileCount(slide), 0);
    if (name !== main) continue;
    slides = {
      usable: used.length,
      unreadable: [],
      missing: matches.missing.map(({ slide }) => slide),
      unlabelled: matches.unlabelled.length,
    };
    const [slide] = used;
    if (slide === undefined) continue;
    const source = await storeTiles(reader);
    images.push(await source.read(Array.from({ length: Math.min(8, reader.tileCount(slide)) }, (_, index) => ({ slide, index }))));
  }
  return { slides, sampled: images.length, tiles, storeBytes: 0, tileSeconds: 0, packSeconds: 0, images };
}

/** `count` of the slides, evenly spread over their order by size, so that small and large ones are in it. */
function spread(slides: readonly SurveyedSlide[], count: number): SurveyedSlide[] {
  const sorted = [...slides].sort((a, b) => a.pixels - b.pixels || (a.file.id < b.file.id ? -1 : 1));
  if (sorted.length <= count) return sorted;
  return Array.from({ length: count }, (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / count)] as SurveyedSlide);
}

/** The nearest folder above that is there: the run's own is not made yet. */
async function existing(path: string): Promise<string> {
  const folder = resolve(path);
  return statfs(folder).then(
    () => folder,
    () => (dirname(folder) === folder ? folder : existing(dirname(folder))),
  );
}

function nothingToPlan(): SlidestreamError {
  return new SlidestreamError({
    code: 'plan/nothing-to-plan',
    category: 'usage',
    message: 'a plan needs labels, and slides or stores',
    where: { key: 'data' },
    hint: 'With features or bags at hand a run takes minutes: train it',
  });
}

function noSlides(found: number, first: string | undefined): SlidestreamError {
  const message = `none of the ${found} slides has a label and can be read${first === undefined ? '' : `, for example: ${first}`}`;
  return new SlidestreamError({
    code: 'plan/no-slides',
    category: 'data',
    message,
    hint: 'Compare the names in the label table with those of the files',
  });
}

function noTiles(): SlidestreamError {
  return new SlidestreamError({
    code: 'plan/no-tiles',
    category: 'data',
    message: 'no tile lies on the tissue of the sampled slides',
    where: { key: 'tiling' },
    hint: 'Choose other segmentation parameters, such as tiling.preset: bwh_biopsy for small slides',
  });
}
