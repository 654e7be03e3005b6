import { existsSync } from 'node:fs';
import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import type { StoreHeader, TileStoreWriter } from '@slidestream/lmdb-io';
import { findSlides, type SlideFile } from '@slidestream/slides';
import type { TileGrid } from '@slidestream/tiling';
import { inShard, type Shard } from './ledger/shard.js';
import { openLedger, type SlideLedger } from './ledger/slide-ledger.js';
import type { PackedTiles } from './pack-run.js';
import { type PackOptions, workFolder } from './pack-settings.js';
import type { PackScale } from './pack-slide.js';
import type { RecipeContext } from './recipe-context.js';
import { fingerprintOrReason } from './slide-fingerprint.js';
import { readTileGrid } from './tile-coords.js';
import { readTileSettings, type TileFolder, tileFolder } from './tile-folder.js';

const ENCODER = '@slidestream/slides 4:2:0';
/** Tiles of grids that are aligned to the file are not compressed again. */
const AS_STORED = `${ENCODER}, JPEG tiles of the file as they are`;

/** Which slides there are to do, and those that cannot be. */
export interface PackPlan {
  readonly folder: TileFolder;
  readonly scales: readonly string[];
  /** Scales whose tiles are those of the file. */
  readonly aligned: ReadonlySet<string>;
  readonly jobs: readonly SlideFile[];
  readonly withoutTiles: readonly string[];
}

/** Finds the slides and their coordinates. @throws SlidestreamError `pack/no-coords`, `slide/*`, `io/*` */
export async function makePlan(options: PackOptions): Promise<PackPlan> {
  const settings = await readTileSettings(options.coords);
  const scales = settings?.scales.map(({ name }) => name) ?? ['tiles'];
  const folder = tileFolder(options.coords, scales);
  const jobs: SlideFile[] = [];
  const withoutTiles: string[] = [];
  for (const slide of await findSlides([...options.slides])) {
    // Workers that share a store know all of its slides; a part in a store of its own is all there is.
    if (options.shared !== true && !inShard(slide.id, options.sharing?.shard)) continue;
    if (existsSync(folder.coords(scales[0] as string, slide.id))) jobs.push(slide);
    else withoutTiles.push(slide.id);
  }
  const aligned = new Set(settings?.scales.filter(({ align }) => align === 'file').map(({ name }) => name));
  if (jobs.length > 0) return { folder, scales, aligned, jobs, withoutTiles };
  throw new SlidestreamError({
    code: 'pack/no-coords',
    category: 'usage',
    message: `none of the ${withoutTiles.length} slides has coordinates in patches/`,
    where: { file: options.coords },
    hint: 'Give the folder that `slidestream tile --out` wrote, and the slides that were tiled',
  });
}

/** The stores' headers by scale; sides of tiles are as asked for, or as the first readable coordinates say. @throws SlidestreamError `pack/no-coords` */
export async function storeHeaders(plan: PackPlan, options: PackOptions): Promise<ReadonlyMap<string, StoreHeader>> {
  const sizes = await tileSizes(plan, options);
  return new Map([...sizes].map(([scale, size]) => [scale, headerOf(options, size, plan.aligned.has(scale))]));
}

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

function headerOf(options: PackOptions, tileSizePx: number, aligned: boolean): StoreHeader {
  const encoder = aligned ? AS_STORED : ENCODER;
  return { formatVersion: 1, tileSizePx, jpegQuality: options.jpegQuality ?? 80, encoder, creator: 'slidestream pack' };
}

/** A slide's grids, each with the writer that it goes to. @throws SlidestreamError `format/*`, `io/*` */
export async function scalesOf(
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

/** The ledger beside a store. @throws SlidestreamError `io/*` */
export function openPackLedger(
  plan: PackPlan,
  options: PackOptions,
  context: RecipeContext,
  { shard, complete }: { readonly shard: Shard | undefined; readonly complete: (slide: string) => Promise<PackedTiles | null> },
): Promise<SlideLedger<PackedTiles>> {
  const jobs = new Map(plan.jobs.map((file) => [file.id, file]));
  return openLedger({
    folder: workFolder(options.store),
    stage: 'pack',
    slides: [...jobs.keys()],
    sharing: { ...options.sharing, shard },
    complete,
    request: (slide) => packRequest(plan, jobs.get(slide) as SlideFile, options),
    ...context,
  });
}

async function packRequest(plan: PackPlan, file: SlideFile, options: PackOptions): Promise<string> {
  const { tileSizePx, jpegQuality, mppIfUnknown, missingTiles } = options;
  const [slide, coords] = await Promise.all([file.path, plan.folder.coords(plan.scales[0] as string, file.id)].map(fingerprintOrReason));
  return JSON.stringify({ tileSizePx, jpegQuality, mppIfUnknown, missingTiles, slide, coords });
}
