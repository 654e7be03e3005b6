import { isSlidestreamError, type SlidestreamError } from '@slidestream/core';
import { entries } from './lmdb-tree.js';
import { openPages } from './open-pages.js';
import { openTileStore } from './open-tile-store.js';

/** One damaged or missing tile. */
export interface TileFault {
  readonly slide: string;
  readonly index: number;
  readonly error: SlidestreamError;
}

/** What {@link verifyTileStore} found. */
export interface VerifyReport {
  readonly slides: number;
  readonly tiles: number;
  /** Tiles that were held against a checksum; stores of other tools have none. */
  readonly checked: number;
  readonly faults: readonly TileFault[];
  readonly ok: boolean;
}

/** How {@link verifyTileStore} works. */
export interface VerifyOptions {
  readonly onProgress?: ((tilesDone: number, tilesTotal: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads every page and every tile of a store, compares checksums and looks at the start and end of each JPEG; lists all that is wrong.
 *
 * @throws SlidestreamError as {@link openTileStore}, and `store/damaged` where the tree itself is broken
 */
export async function verifyTileStore(path: string, options: VerifyOptions = {}): Promise<VerifyReport> {
  {
    using pages = openPages(path);
    pages.consistent(() => {
      for (const _ of entries(pages)) {
        // Walking checks every branch and leaf page.
      }
    });
  }
  using store = openTileStore(path);
  const total = store.slides.reduce((sum, slide) => sum + store.tileCount(slide), 0);
  const faults: TileFault[] = [];
  let tiles = 0;
  let checked = 0;
  for (const slide of store.slides) {
    const known = store.slideInfo(slide)?.crc32c.length ?? 0;
    for (let index = 0; index < store.tileCount(slide); index++) {
      options.signal?.throwIfAborted();
      try {
        store.tile(slide, index);
      } catch (error) {
        if (!isSlidestreamError(error)) throw error;
        faults.push({ slide, index, error });
      }
      if (index < known) checked++;
      tiles++;
      if (tiles % 256 === 0) {
        options.onProgress?.(tiles, total);
        await new Promise<void>((resume) => setImmediate(resume));
      }
    }
  }
  options.onProgress?.(tiles, total);
  return { slides: store.slides.length, tiles, checked, faults, ok: faults.length === 0 };
}
