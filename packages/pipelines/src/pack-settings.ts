import { extname } from 'node:path';
import type { SlideReader } from '@slidestream/slides';
import type { TileGrid } from '@slidestream/tiling';
import type { SharingOptions } from './ledger/slide-ledger.js';
import type { PackWorkers } from './pack-workers.js';

/** What {@link packTiles} is asked for. */
export interface PackOptions {
  /** A folder that `tileSlides`, or CLAM, made: `patches/{slide}.h5`. */
  readonly coords: string;
  /** Files, folders (searched), or CSV tables of slides. */
  readonly slides: readonly string[];
  /** The store of the first scale; others get their name before the extension: `F.lmdb`, `F-low.lmdb`. */
  readonly store: string;
  /** Side of the stored tiles in pixels; as the coordinates say by default. */
  readonly tileSizePx?: number | undefined;
  /** 80 by default. */
  readonly jpegQuality?: number | undefined;
  /**
   * Processes that read and compress tiles: as many as there are cores by default, 1 = this process alone. Each holds up to 64 MiB of decoded
   * pixels per open slide; about four portions of at most 512 JPEGs wait per process. Or workers that the caller keeps for several calls.
   */
  readonly workers?: number | PackWorkers | undefined;
  /** µm/px for slides that do not say theirs. */
  readonly mppIfUnknown?: number | undefined;
  /** What to do with a part that the slide's file does not hold: `error` by default. */
  readonly missingTiles?: 'error' | 'white' | undefined;
  /** Which reader opens the slides: `auto` by default. */
  readonly reader?: SlideReader | undefined;
  /** Largest size that a store may reach; it takes no space before it is used. */
  readonly mapSizeBytes?: number | undefined;
  /** Write stores on a network file system, too: see `createTileStore`. */
  readonly allowNetworkFileSystem?: boolean | undefined;
  /** Whether other workers, on this machine or on others, pack into the same store at the same time. All of them have to say so. */
  readonly shared?: boolean | undefined;
  /** A part of the slides, or those that failed. Not `shared`, each part needs a store of its own. */
  readonly sharing?: SharingOptions | undefined;
}

/** A slide that was left out. */
export interface PackFailure {
  readonly slide: string;
  readonly code: string;
  readonly message: string;
}

/** What {@link packTiles} did. */
export interface PackSummary {
  /** Store by scale. */
  readonly stores: Readonly<Record<string, string>>;
  /** Slides that were written now. */
  readonly packed: number;
  /** Slides that the stores held already, or that another worker packed meanwhile. */
  readonly alreadyThere: number;
  /** Slides without coordinates: nothing was found on them. */
  readonly withoutTiles: readonly string[];
  readonly failures: readonly PackFailure[];
  /** Tiles written now, by scale. */
  readonly tiles: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Whether the stores hold all that can be packed; `false` while other workers have slides yet. */
  readonly whole: boolean;
}

/** The store of a scale: the first is named as asked for, others carry their scale. */
export function storePath(store: string, scales: readonly string[], scale: string): string {
  if (scale === scales[0]) return store;
  const extension = extname(store);
  return `${store.slice(0, store.length - extension.length)}-${scale}${extension}`;
}

/** The stores by scale. */
export function storePaths(store: string, scales: readonly string[]): Record<string, string> {
  return Object.fromEntries(scales.map((scale) => [scale, storePath(store, scales, scale)]));
}

/** Where failures and, of a store that is shared, leases and shards lie. */
export function workFolder(store: string): string {
  return `${store}.work`;
}

/** µm/px of a stored tile, where the slide's pixel size is known. */
export function storedMpp(grid: TileGrid, sizePx: number, mppLevel0: number | null): number | null {
  if (grid.mpp !== null) return (grid.mpp * grid.tileSizePx) / sizePx;
  return mppLevel0 === null ? null : (mppLevel0 * grid.downsample * grid.readSizePx) / sizePx;
}
