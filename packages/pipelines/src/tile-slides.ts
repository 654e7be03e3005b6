import { join } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import type { SlideReader } from '@slidestream/slides';
import { attempt, collectFailures, mapConcurrent, progress } from '@slidestream/streams';
import { checkParameters, type ScaleLimits, type TileScale, type TilingParameters } from '@slidestream/tiling';
import { concatMap, lastValueFrom } from 'rxjs';
import { onLease } from './ledger/on-lease.js';
import { inShard } from './ledger/shard.js';
import { openLedger, type SharingOptions, WORK_FOLDER } from './ledger/slide-ledger.js';
import type { RecipeContext } from './recipe-context.js';
import { fingerprintOrReason } from './slide-fingerprint.js';
import { recordedChoice, type TileChoice } from './tile-choice.js';
import { finishedTiles, openTileFolder, type TileFolder } from './tile-folder.js';
import { type TileJob, tileJobs } from './tile-jobs.js';
import { type TileOneOptions, tileOneSlide } from './tile-one-slide.js';
import { keepProcessList } from './tile-process-list.js';
import { failedTiling, summariseTiling, type TileDetail, type TiledSlide, type TileSummary, tiled, waitingTiling } from './tile-summary.js';

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
  /** How workers that are given the same slides and folder share them. */
  readonly sharing?: SharingOptions | undefined;
}

/**
 * Slides → tile coordinates, tissue outlines, masks and stitches, in CLAM's layout. Slides that are complete already are skipped; one
 * that cannot be tiled is listed with its reason and left out; the process list is kept current. Any number of processes on any number
 * of machines may work on one folder: each slide is one's, and another's when that one is gone.
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
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const jobOf = (slide: string): TileJob => byId.get(slide) as TileJob;
  const { sharing } = options;
  const mine = jobs.filter(({ id }) => inShard(id, sharing?.shard));
  const states = new Map(mine.map((job) => [job.id, job.process ? waitingTiling(job) : notAsked(job)]));
  const one: TileOneOptions = {
    folder,
    scales,
    limits: options.limits ?? {},
    choice: options.choice ?? {},
    pictures: options.pictures ?? true,
    mppIfUnknown: options.mppIfUnknown,
    reader: options.reader,
  };
  const ledger = await openLedger<TileDetail>({
    folder: join(out, WORK_FOLDER),
    stage: 'tile',
    slides: jobs.filter(({ process }) => process).map(({ id }) => id),
    sharing,
    outputs: (slide) => [
      ...names.map((name) => folder.coords(name, slide)),
      ...[folder.mask, folder.stitch, folder.contours, folder.contactSheet, folder.rejected].map((pathOf) => pathOf(slide)),
    ],
    complete: (slide) => alreadyTiled(folder, names, jobOf(slide)),
    request: async (slide) => {
      const { path, parameters: ofSlide, mpp } = jobOf(slide);
      const how = { ...one, folder: undefined, scales: undefined, pictures: undefined };
      return JSON.stringify({ settings, ofSlide, mpp, how, file: await fingerprintOrReason(path) });
    },
    ...context,
  });
  const list = keepProcessList(folder.processList, jobs, ledger);
  const tile = onLease(ledger, (slide, signal) => tileJob(jobOf(slide), one, signal));
  const tiled$ = mapConcurrent(attempt(tile), { concurrency, signal: context.signal })(ledger.tasks()).pipe(
    concatMap(async (outcome) => {
      const slide = outcome.ok ? outcome.value.slide : outcome.item.slide;
      const job = jobOf(slide);
      const there = outcome.ok && !outcome.value.fresh ? { status: 'already_exist' as const } : {};
      const state = outcome.ok ? tiled(job, { ...outcome.value.detail, ...there }) : failedTiling(job, outcome.error);
      states.set(slide, state);
      await list.renew();
      tell(state, context);
      return outcome;
    }),
    progress({
      unit: 'slides',
      total: sharing?.retryFailed === true ? null : mine.filter(({ process }) => process).length,
      onProgress: context.onProgress,
      current: (outcome) => (outcome.ok ? outcome.value.slide : outcome.item.slide),
    }),
    collectFailures({ upTo: upToFailures }),
  );
  try {
    await list.renew();
    await lastValueFrom(tiled$, { defaultValue: undefined });
    await list.finish();
  } catch (error) {
    await list.finish().catch(() => undefined);
    throw error;
  } finally {
    await ledger.close();
  }
  return summariseTiling(out, names, [...states.values()]);
}

async function tileJob(job: TileJob, options: TileOneOptions, signal: AbortSignal): Promise<TileDetail> {
  const { tiles, tissuePieces, parameters, rejected, hint } = await tileOneSlide(job, options, signal);
  return { status: 'processed', tiles, reason: emptyReason(tiles, { tissuePieces, rejected }), parameters, rejected, hint };
}

async function alreadyTiled(folder: TileFolder, names: readonly string[], { id, parameters }: TileJob): Promise<TileDetail | null> {
  const tiles = await finishedTiles(folder, names, id);
  return tiles === null ? null : { status: 'already_exist', tiles, reason: emptyReason(tiles), parameters };
}

function notAsked(job: TileJob): TiledSlide {
  return { ...waitingTiling(job), status: job.status ?? 'tbp', reason: 'tile/not-asked' };
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

function tell(state: TiledSlide, { logger }: RecipeContext): void {
  const fields = { slide: state.id, status: state.status, tiles: state.tiles, reason: state.reason, hint: state.hint };
  if (state.message !== undefined) logger.warn(`left out: ${state.message}`, fields);
  else if (state.reason !== undefined) logger.warn('slide without tiles', fields);
  else logger.debug('tiled', fields);
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
