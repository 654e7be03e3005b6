import { SlidestreamError } from '@slidestream/core';
import { writeFileAtomic } from '@slidestream/core/node';
import type { SlideReader } from '@slidestream/slides';
import { attempt, collectFailures, mapConcurrent, progress } from '@slidestream/streams';
import { checkParameters, formatProcessList, type ScaleLimits, type TileScale, type TilingParameters } from '@slidestream/tiling';
import { concatMap, lastValueFrom } from 'rxjs';
import type { RecipeContext } from './recipe-context.js';
import { recordedChoice, type TileChoice } from './tile-choice.js';
import { finishedTiles, openTileFolder, type TileFolder } from './tile-folder.js';
import { type TileJob, tileJobs } from './tile-jobs.js';
import { type TileOneOptions, tileOneSlide } from './tile-one-slide.js';
import { summariseTiling, type TiledSlide, type TileSummary } from './tile-summary.js';

/** What {@link tileSlides} is asked for. */
export interface TileSlidesOptions {
  /** Files, folders (searched), or CSV tables of slides. */
  readonly slides: readonly string[];
  /** Folder for `patches/`, `masks/`, `stitches/`, `contours/` and `process_list_autogen.csv`. */
  readonly out: string;
  /** Scales by name in order: the first goes to `patches/`, others to `patches-{name}/`. */
  readonly scales: ReadonlyMap<string, TileScale>;
  readonly parameters: TilingParameters;
  /** CLAM's process list: only its slides, with its parameters, where `process` is 1. */
  readonly processList?: string | undefined;
  readonly limits?: ScaleLimits | undefined;
  /** Which tiles of the grid are kept: all by default. */
  readonly choice?: TileChoice | undefined;
  /** CSV of pixel sizes (`slide,mpp` or `wsi,mpp`) that stand above what the slides say. */
  readonly pixelSizes?: string | undefined;
  /** µm/px for slides that do not say theirs. */
  readonly mppIfUnknown?: number | undefined;
  /** Which reader opens the slides: `auto` by default. */
  readonly reader?: SlideReader | undefined;
  /** Whether masks and stitches are drawn: default true. */
  readonly pictures?: boolean | undefined;
  /** Slides at a time: default 2. */
  readonly concurrency?: number | undefined;
  /** How many slides may fail before the run stops: default all. */
  readonly upToFailures?: number | undefined;
}

/**
 * Slides → tile coordinates, tissue outlines, masks and stitches, in CLAM's layout. Slides that are complete already are skipped; one
 * that cannot be tiled is listed with its reason and left out; the process list is renewed after every slide.
 *
 * @throws SlidestreamError `tile/no-scale`, `tile/bad-scale-name`, `tile/other-settings`, `tiling/bad-*`, `slide/none-found`,
 * `streams/too-many-failures`, `streams/stopped`, `io/no-space`
 *
 * @example
 * ```ts
 * const summary = await tileSlides(
 *   {
 *     slides: ['slides/'],
 *     out: 'tiles/',
 *     scales: new Map([['high', { tileSizePx: 256, at: { kind: 'mpp', mpp: 0.5 } }]]),
 *     parameters: presets.tcga,
 *   },
 *   context,
 * );
 * ```
 */
export async function tileSlides(options: TileSlidesOptions, context: RecipeContext): Promise<TileSummary> {
  const { scales, out, concurrency = 2, upToFailures = Number.POSITIVE_INFINITY } = options;
  const names = checkScaleNames(scales);
  const parameters = checkParameters(options.parameters);
  const { processList, pixelSizes } = options;
  const { jobs, unlisted } = await tileJobs({ slides: options.slides, parameters, processList, pixelSizes });
  if (unlisted > 0) context.logger.info('slides that the process list does not name are left alone', { count: unlisted });
  const settings = { format: 1 as const, scales: names.map((name) => ({ name, ...(scales.get(name) as TileScale) })), parameters };
  const folder = await openTileFolder(out, {
    ...settings,
    limits: givenLimits(options.limits),
    choice: recordedChoice(options.choice ?? {}),
  });
  const states: TiledSlide[] = jobs.map(waiting);
  const one: TileOneOptions = {
    folder,
    scales,
    limits: options.limits ?? {},
    choice: options.choice ?? {},
    pictures: options.pictures ?? true,
    mppIfUnknown: options.mppIfUnknown,
    reader: options.reader,
  };
  const tiled$ = mapConcurrent(
    attempt((index: number, signal: AbortSignal) => tileJob(index, jobs[index] as TileJob, { ...one, names }, signal)),
    { concurrency, signal: context.signal },
  )(jobs.keys()).pipe(
    concatMap(async (outcome) => {
      const index = outcome.ok ? outcome.value.index : outcome.item;
      const state = outcome.ok ? outcome.value.state : failed(jobs[index] as TileJob, outcome.error);
      states[index] = state;
      await writeProcessList(folder, states);
      tell(state, context);
      return outcome;
    }),
    progress({ unit: 'slides', total: jobs.length, onProgress: context.onProgress, current: (outcome) => nameOf(outcome, jobs) }),
    collectFailures({ upTo: upToFailures }),
  );
  await writeProcessList(folder, states);
  await lastValueFrom(tiled$, { defaultValue: undefined });
  return summariseTiling(out, names, states);
}

async function tileJob(
  index: number,
  job: TileJob,
  options: TileOneOptions & { readonly names: readonly string[] },
  signal: AbortSignal,
): Promise<{ readonly index: number; readonly state: TiledSlide }> {
  if (!job.process) return { index, state: { ...waiting(job), status: job.status ?? 'tbp', reason: 'tile/not-asked' } };
  const there = await finishedTiles(options.folder, options.names, job.id);
  if (there !== null) return { index, state: { ...done(job, there), status: 'already_exist' } };
  const { tiles, tissuePieces, parameters, rejected, hint } = await tileOneSlide(job, options, signal);
  const reason = emptyReason(tiles, { tissuePieces, rejected });
  return { index, state: { ...done({ ...job, parameters }, tiles), rejected, hint, reason } };
}

function waiting(job: TileJob): TiledSlide {
  const { id, path, listedAs, parameters, process } = job;
  return { id, path, listedAs, parameters, process, status: job.process ? 'tbp' : (job.status ?? 'tbp'), tiles: {} };
}

function done(job: TileJob, tiles: Readonly<Record<string, number>>): TiledSlide {
  return { ...waiting(job), process: false, status: 'processed', tiles, reason: emptyReason(tiles) };
}

/** Why a slide has no tiles: nothing passed for tissue, all were left out, or no tile position passed on the tissue that there is. */
function emptyReason(
  tiles: Readonly<Record<string, number>>,
  found: { readonly tissuePieces?: number; readonly rejected?: Readonly<Record<string, unknown>> } = {},
): string | undefined {
  const empty = Object.keys(tiles).find((name) => tiles[name] === 0);
  if (empty === undefined) return undefined;
  if (found.tissuePieces === 0) return 'tile/no-tissue';
  return found.rejected?.[empty] === undefined ? 'tile/no-tiles' : 'tile/all-rejected';
}

/** How scales are matched to levels, where that is not as by default. */
function givenLimits(limits: ScaleLimits = {}): ScaleLimits | undefined {
  return Object.values(limits).some((value) => value !== undefined) ? limits : undefined;
}

function failed(job: TileJob, error: SlidestreamError): TiledSlide {
  const tooLarge = error.code === 'tiling/level-too-large';
  return { ...waiting(job), process: !tooLarge, status: tooLarge ? 'failed_seg' : error.code, reason: error.code, message: error.message };
}

function writeProcessList(folder: TileFolder, states: readonly TiledSlide[]): Promise<void> {
  const records = states.map(({ listedAs, process, status, parameters }) => ({ slideId: listedAs, process, status, parameters }));
  return writeFileAtomic(folder.processList, formatProcessList(records));
}

function tell(state: TiledSlide, { logger }: RecipeContext): void {
  const fields = { slide: state.id, status: state.status, tiles: state.tiles, reason: state.reason, hint: state.hint };
  if (state.message !== undefined) logger.warn(`left out: ${state.message}`, fields);
  else if (state.reason !== undefined && state.status !== 'tbp') logger.warn('slide without tiles', fields);
  else logger.debug('tiled', fields);
}

function nameOf(outcome: { ok: true; value: { index: number } } | { ok: false; item: number }, jobs: readonly TileJob[]): string {
  return jobs[outcome.ok ? outcome.value.index : outcome.item]?.id ?? '';
}

function checkScaleNames(scales: ReadonlyMap<string, TileScale>): string[] {
  const names = [...scales.keys()];
  if (names.length === 0) {
    throw new SlidestreamError({ code: 'tile/no-scale', category: 'usage', message: 'at least one tile scale is needed' });
  }
  const bad = names.find((name) => !/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name));
  if (bad === undefined) return names;
  throw new SlidestreamError({
    code: 'tile/bad-scale-name',
    category: 'usage',
    message: `"${bad}" cannot name a scale: it becomes part of a folder's name`,
    hint: 'Use letters, digits, dots, dashes and underscores',
  });
}
