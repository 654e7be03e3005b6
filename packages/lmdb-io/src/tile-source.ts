import type { StoredSlideInfo, StoreHeader, TileToStore } from './types.js';

/** A slide's facts without checksums, which the writer makes. */
export type SlideInfo = Omit<StoredSlideInfo, 'crc32c'>;

/** Slides that can be read one after another. */
export interface TileSource extends Disposable {
  readonly header: StoreHeader | null;
  readonly slides: readonly string[];
  tileCount(slide: string): number;
  info(slide: string): SlideInfo | null;
  tiles(slide: string): AsyncIterable<TileToStore>;
}

/** What the source does not say of its tiles, for all slides. */
export interface TileScaleFacts {
  /** Side of a tile in pixels of level 0. */
  readonly sizeLevel0Px?: number | undefined;
  /** µm per pixel of a tile. */
  readonly mpp?: number | undefined;
}

/** Facts of a slide of which only places and scale are known. */
export function importedInfo(coords: readonly number[], { sizeLevel0Px = 0, mpp = undefined }: TileScaleFacts = {}): SlideInfo {
  return {
    reader: { name: 'import', version: '1' },
    sourceHash: '',
    width: 0,
    height: 0,
    mpp: null,
    scale: { mpp: mpp ?? null, level: 0, downsample: 0, sizeLevel0Px },
    coords,
  };
}

/** A slide's facts without its checksums, which the writer makes anew. */
export function withoutChecksums(info: StoredSlideInfo | null): SlideInfo | null {
  if (info === null) return null;
  const { crc32c: _, ...rest } = info;
  return rest;
}
