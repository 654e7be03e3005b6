import { existsSync } from 'node:fs';
import {
  type CompactReport,
  type CopyReport,
  compactTileStore,
  exportTileStore,
  importTileStore,
  mergeTileStores,
  type StoredSlideInfo,
  type StoreStat,
  storeStat,
  type VerifyReport,
  verifyTileStore,
} from '@slidestream/lmdb-io';
import { stoppedError } from '@slidestream/streams';
import type { RecipeContext } from './recipe-context.js';
import { readTileGrid } from './tile-coords.js';
import { tileFolder } from './tile-folder.js';

/** What is in a store. @throws SlidestreamError `store/*`, `io/*` */
export function statStore(options: { readonly store: string }): StoreStat {
  return storeStat(options.store);
}

/** Reads every tile and compares checksums; what is wrong is in the report, not thrown. @throws SlidestreamError `store/*`, `io/*` */
export async function verifyStore(options: { readonly store: string }, context: RecipeContext): Promise<VerifyReport> {
  return untilStopped(context, () =>
    verifyTileStore(options.store, {
      signal: context.signal,
      onProgress: (done, total) => context.onProgress({ unit: 'tiles', done, total }),
    }),
  );
}

/** What the recipes that move slides tell of their progress. */
function slidesProgress({ onProgress, signal }: RecipeContext): {
  readonly signal: AbortSignal;
  readonly onSlide: (slide: string, done: number, total: number) => void;
} {
  return { signal, onSlide: (slide, done, total) => onProgress({ unit: 'slides', done, total, current: slide }) };
}

/** Writes tiles to folders of JPEGs. @throws SlidestreamError `store/*`, `io/*` */
export async function exportStore(
  options: { readonly store: string; readonly out: string; readonly slides?: readonly string[] | undefined },
  context: RecipeContext,
): Promise<CopyReport> {
  return untilStopped(context, () => exportTileStore(options.store, options.out, { slides: options.slides, ...slidesProgress(context) }));
}

/** What {@link importStore} is asked for. */
export interface ImportStoreOptions {
  /** A store of another tool, or a folder with a folder of JPEGs a slide. */
  readonly from: string;
  readonly store: string;
  /** A tiled folder whose `patches/{slide}.h5` say where the tiles lie; row i is tile i. */
  readonly coords?: string | undefined;
  readonly creator?: string | undefined;
}

/** Brings tiles of another tool into a store of ours, with their places where coordinates are given. @throws SlidestreamError `store/*`, `format/*`, `io/*` */
export async function importStore(options: ImportStoreOptions, context: RecipeContext): Promise<CopyReport> {
  const { from, store, coords, creator } = options;
  const infoOf = coords === undefined ? undefined : (slide: string) => infoOfCoords(tileFolder(coords, ['']).coords('', slide));
  return untilStopped(context, () => importTileStore(from, store, { creator, infoOf, ...slidesProgress(context) }));
}

async function infoOfCoords(path: string): Promise<Omit<StoredSlideInfo, 'crc32c'> | null> {
  if (!existsSync(path)) return null;
  const { coords, level, downsample, sizeLevel0Px, mpp } = await readTileGrid(path);
  return {
    reader: { name: 'import', version: '1' },
    sourceHash: '',
    width: 0,
    height: 0,
    mpp: null,
    scale: { mpp, level, downsample, sizeLevel0Px },
    coords: Array.from(coords),
  };
}

/** Puts several stores into one. @throws SlidestreamError `store/*`, `io/*` */
export async function mergeStores(
  options: { readonly stores: readonly string[]; readonly into: string },
  context: RecipeContext,
): Promise<CopyReport> {
  return untilStopped(context, () => mergeTileStores(options.stores, options.into, slidesProgress(context)));
}

/** Writes a store anew without free pages. @throws SlidestreamError `store/*`, `io/*` */
export async function compactStore(options: { readonly store: string }, context: RecipeContext): Promise<CompactReport> {
  return untilStopped(context, () => compactTileStore(options.store, slidesProgress(context)));
}

async function untilStopped<T>(context: RecipeContext, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (context.signal.aborted) throw stoppedError(context.signal.reason);
    throw error;
  }
}
