import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import { createTileStore, type StoreHeader, type TileStoreWriter } from '@slidestream/lmdb-io';
import { findSlides, type SlideFile } from '@slidestream/slides';
import { attempt, collectFailures, type ItemFailure, mapConcurrent } from '@slidestream/streams';
import type { TileGrid } from '@slidestream/tiling';
import { lastValueFrom, tap } from 'rxjs';
import { createCommitPace } from './commit-pace.js';
import { type PackOptions, type PackSummary, storePath } from './pack-settings.js';
import { type PackScale, packSlide } from './pack-slide.js';
import { createPackWorkers } from './pack-workers.js';
import type { RecipeContext } from './recipe-context.js';
import { readTileGrid } from './tile-coords.js';
import { readTileSettings, type TileFolder, tileFolder } from './tile-folder.js';

/** Half of them are worked on or wait for their turn, the other half are written and share a commit. */
const SLIDES_PER_WORKER = 6;
/** A finished slide becomes durable within this time. */
const COMMIT_WITHIN_MS = 200;

const ENCODER = '@slidestream/slides 4:2:0';

/** Which slides there are to do, and those that cannot be. */
interface PackPlan {
  readonly folder: TileFolder;
  readonly scales: readonly string[];
  readonly jobs: readonly SlideFile[];
  readonly withoutTiles: readonly string[];
}

/**
 * Packs the tiles of many slides into one store per scale: regions are read at the grid's level, resized where asked, and kept as JPEGs. Slides that cannot be
 * read are listed with their reason and left out; a store that was begun is gone on with.
 *
 * @throws SlidestreamError `pack/no-coords`, `store/*`, `io/*`, `streams/stopped`
 *
 * @example
 * ```ts
 * const summary = await packTiles({ coords: 'tiles/', slides: ['slides/'], store: 'tiles.lmdb' }, context);
 * ```
 */
export async function packTiles(options: PackOptions, context: RecipeContext): Promise<PackSummary> {
  const started = performance.now();
  const plan = await makePlan(options);
  const stores = Object.fromEntries(plan.scales.map((scale) => [scale, storePath(options.store, plan.scales, scale)]));
  const writers = new Map<string, TileStoreWriter>();
  const workers = typeof options.workers === 'object' ? options.workers : createPackWorkers(options.workers ?? availableParallelism());
  // Small slides keep nobody busy for long: while one is written, others are begun.
  const slidesAtATime = SLIDES_PER_WORKER * workers.count;
  const tiles: Record<string, number> = Object.fromEntries(plan.scales.map((scale) => [scale, 0]));
  const failed: ItemFailure<SlideFile>[] = [];
  let [packed, alreadyThere, tilesDone] = [0, 0, 0];
  try {
    const sizes = await tileSizes(plan, options);
    for (const scale of plan.scales) {
      const header = headerOf(options, sizes.get(scale) as number);
      writers.set(
        scale,
        await createTileStore(stores[scale] as string, header, { mapSizeBytes: options.mapSizeBytes, commitWithinMs: COMMIT_WITHIN_MS }),
      );
    }
    const pace = createCommitPace(plan.jobs.length, slidesAtATime / 2, () => {
      for (const writer of writers.values()) writer.flush();
    });
    let turn: Promise<unknown> = Promise.resolve();
    const pack = async (file: SlideFile, signal: AbortSignal): Promise<void> => {
      const missing = plan.scales.filter((scale) => writers.get(scale)?.has(file.id) !== true);
      if (missing.length === 0) {
        alreadyThere++;
        pace.settled(false);
        return;
      }
      const before = turn;
      let handed = false;
      let done: () => void = () => undefined;
      turn = new Promise<void>((resolve) => {
        done = resolve;
      });
      try {
        const scales = await scalesOf(plan, file, missing, writers);
        const written = await packSlide(file, scales, {
          ...options,
          tileSizePx: options.tileSizePx,
          jpegQuality: options.jpegQuality ?? 80,
          workers,
          turn: before,
          onHandedOver: () => {
            handed = true;
            done();
            pace.handedOver();
          },
          signal,
          onTile: () => context.onProgress({ unit: 'tiles', done: ++tilesDone, total: null, current: file.id }),
        });
        for (const [scale, count] of Object.entries(written)) tiles[scale] = (tiles[scale] ?? 0) + count;
        packed++;
      } finally {
        pace.settled(handed);
        await before;
        done();
      }
    };
    const packed$ = mapConcurrent(attempt(pack), { concurrency: slidesAtATime, signal: context.signal })(plan.jobs).pipe(
      collectFailures({
        upTo: Number.POSITIVE_INFINITY,
        into: failed,
        onFailure: ({ item, error }) => context.logger.warn(error.message, { slide: item.id, code: error.code }),
      }),
      tap(() => context.logger.debug('slide packed', { packed, alreadyThere })),
    );
    await lastValueFrom(packed$, { defaultValue: undefined });
  } finally {
    for (const writer of writers.values()) await writer.close();
    if (workers !== options.workers) await workers.close();
  }
  const failures = failed.map(({ item, error }) => ({ slide: item.id, code: error.code, message: error.message }));
  const seconds = (performance.now() - started) / 1000;
  return { stores, packed, alreadyThere, withoutTiles: plan.withoutTiles, failures, tiles, seconds };
}

async function makePlan(options: PackOptions): Promise<PackPlan> {
  const settings = await readTileSettings(options.coords);
  const scales = settings?.scales.map(({ name }) => name) ?? ['tiles'];
  const folder = tileFolder(options.coords, scales);
  const jobs: SlideFile[] = [];
  const withoutTiles: string[] = [];
  for (const slide of await findSlides([...options.slides])) {
    if (existsSync(folder.coords(scales[0] as string, slide.id))) jobs.push(slide);
    else withoutTiles.push(slide.id);
  }
  if (jobs.length > 0) return { folder, scales, jobs, withoutTiles };
  throw new SlidestreamError({
    code: 'pack/no-coords',
    category: 'usage',
    message: `none of the ${withoutTiles.length} slides has coordinates in patches/`,
    where: { file: options.coords },
    hint: 'Give the folder that `slidestream tile --out` wrote, and the slides that were tiled',
  });
}

/** Side of the stored tiles of each scale: as asked for, or as the first readable coordinates say. */
async function tileSizes(plan: PackPlan, options: PackOptions): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const scale of plan.scales) {
    let size = options.tileSizePx;
    for (const job of size === undefined ? plan.jobs : []) {
      size = (await readTileGrid(plan.folder.coords(scale, job.id)).catch(ignoreUnreadable))?.tileSizePx;
      if (size !== undefined) break;
    }
    if (size === undefined) {
      throw new SlidestreamError({
        code: 'pack/no-coords',
        category: 'data',
        message: `no coordinates of the scale ${scale} can be read`,
        where: { file: plan.folder.root },
        hint: 'Tile the slides again',
      });
    }
    sizes.set(scale, size);
  }
  return sizes;
}

/** A slide whose coordinates cannot be read is listed when its turn comes. */
function ignoreUnreadable(error: unknown): undefined {
  if (!isSlidestreamError(error)) throw error;
  return undefined;
}

function headerOf(options: PackOptions, tileSizePx: number): StoreHeader {
  return { formatVersion: 1, tileSizePx, jpegQuality: options.jpegQuality ?? 80, encoder: ENCODER, creator: 'slidestream pack' };
}

async function scalesOf(
  plan: PackPlan,
  file: SlideFile,
  missing: readonly string[],
  writers: ReadonlyMap<string, TileStoreWriter>,
): Promise<PackScale[]> {
  const scales: PackScale[] = [];
  for (const name of missing) {
    const path = plan.folder.coords(name, file.id);
    const grid = existsSync(path) ? await readTileGrid(path) : EMPTY_GRID;
    scales.push({ name, grid, writer: writers.get(name) as TileStoreWriter });
  }
  return scales;
}

/** A coarse scale may have no tile where a fine one has: the slide is then in its store with none. */
const EMPTY_GRID: TileGrid = {
  coords: new Int32Array(0),
  level: 0,
  downsample: 1,
  readSizePx: 1,
  tileSizePx: 1,
  sizeLevel0Px: 1,
  mpp: null,
};
