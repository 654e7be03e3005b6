import { entries, getValue } from './lmdb-tree.js';
import { openPages } from './open-pages.js';
import { readHeader, readSlideTable } from './store-records.js';
import { parseTileKey, recordKey, WRITING_RECORD } from './tile-key.js';
import type { StoreHeader } from './types.js';

/** What is in a store. */
export interface StoreStat {
  readonly path: string;
  readonly sizeBytes: number;
  readonly pageSize: number;
  readonly header: StoreHeader | null;
  /** `keys` where the store has no table of its slides, or one that lags. */
  readonly slidesFrom: 'records' | 'keys';
  readonly tiles: number;
  readonly slides: readonly { readonly slide: string; readonly tiles: number; readonly bytes: number }[];
  /** A slide that is being written, or was when its writer ended. */
  readonly unfinished: string | null;
}

/** Slides, tiles and bytes of a store; reads its pages but no tile. @throws SlidestreamError as `openTileStore` */
export function storeStat(path: string): StoreStat {
  using pages = openPages(path);
  return pages.consistent(() => {
    const header = readHeader(pages);
    const { counts, from } = readSlideTable(pages);
    const bytes = new Map<string, number>();
    for (const { key, length } of entries(pages)) {
      const tile = parseTileKey(key);
      if (tile !== undefined && tile.index < (counts.get(tile.slide) ?? 0)) bytes.set(tile.slide, (bytes.get(tile.slide) ?? 0) + length);
    }
    const slides = [...counts].map(([slide, tiles]) => ({ slide, tiles, bytes: bytes.get(slide) ?? 0 }));
    const { pageSize, lastPage } = pages.meta;
    return {
      path,
      sizeBytes: (lastPage + 1) * pageSize,
      pageSize,
      header,
      slidesFrom: from,
      tiles: slides.reduce((sum, { tiles }) => sum + tiles, 0),
      slides,
      unfinished: getValue(pages, recordKey(WRITING_RECORD))?.toString('utf8') ?? null,
    };
  });
}
