import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import { unpickleJpeg } from '@slidestream/pickle';
import { crc32c } from './crc32c.js';
import type { LmdbPages } from './lmdb-pages.js';
import { getValue } from './lmdb-tree.js';
import { openPages } from './open-pages.js';
import { storeError } from './store-error.js';
import { readHeader, readSlideInfo, readSlideTable } from './store-records.js';
import { tileKey } from './tile-key.js';
import type { StoredSlideInfo, StoredTile, TileStoreReader } from './types.js';

/** How {@link openTileStore} reads. */
export interface OpenTileStoreOptions {
  /** Whether stored checksums are compared on every read; yes by default. */
  readonly checksums?: boolean | undefined;
}

/** Slides whose facts are kept in memory at a time. */
const INFO_CACHE = 64;

/**
 * Opens a tile store, ours or one that python-lmdb wrote, a single file or a folder, for reading. Needs no lock and no native code, is safe while a
 * writer is at work, and turns damage into typed errors.
 *
 * @throws SlidestreamError `store/not-a-store`, `store/wrong-format`, `store/truncated`, `store/damaged`, `io/*`, `pickle/*`
 *
 * @example
 * ```ts
 * using store = openTileStore('panda.lmdb');
 * for (const slide of store.slides) console.log(slide, store.tileCount(slide));
 * ```
 */
export function openTileStore(path: string, options: OpenTileStoreOptions = {}): TileStoreReader {
  const pages = openPages(path);
  try {
    return makeReader(path, pages, options.checksums !== false);
  } catch (error) {
    pages.close();
    throw error;
  }
}

function makeReader(path: string, pages: LmdbPages, checksums: boolean): TileStoreReader {
  const header = readHeader(pages);
  const { counts } = readSlideTable(pages);
  const infos = new Map<string, StoredSlideInfo | null>();

  const tileCount = (slide: string): number => {
    const count = counts.get(slide);
    if (count === undefined) {
      throw storeError(
        'unknown-slide',
        'the store has no such slide',
        { file: path, slide },
        { hint: `It has ${counts.size} slides`, category: 'usage' },
      );
    }
    return count;
  };
  const slideInfo = (slide: string): StoredSlideInfo | null => {
    tileCount(slide);
    const known = infos.get(slide);
    if (known !== undefined) return known;
    const info = readSlideInfo(pages, slide);
    if (infos.size >= INFO_CACHE) infos.delete(infos.keys().next().value as string);
    infos.set(slide, info);
    return info;
  };
  const tile = (slide: string, index: number): Uint8Array => {
    const count = tileCount(slide);
    if (!(Number.isInteger(index) && index >= 0 && index < count)) {
      throw storeError(
        'unknown-tile',
        `slide ${slide} has ${count} tiles, number ${index} is asked for`,
        { file: path, slide },
        { category: 'usage' },
      );
    }
    const value = getValue(pages, tileKey(slide, index));
    if (value === undefined)
      throw storeError('missing-tile', `tile ${index} is missing`, { file: path, slide }, { hint: 'Write the slide again' });
    const jpeg = readValue(value, path, slide, index);
    if (checksums && header !== null) {
      const want = slideInfo(slide)?.crc32c[index];
      if (want !== undefined && crc32c(jpeg) !== want) {
        throw storeError(
          'checksum',
          `tile ${index} is damaged: its checksum differs`,
          { file: path, slide },
          { hint: 'Write the slide again, or take it from a copy' },
        );
      }
    }
    return jpeg;
  };
  async function* tiles(slide: string): AsyncGenerator<StoredTile> {
    const count = tileCount(slide);
    for (let index = 0; index < count; index++) yield { slide, index, jpeg: tile(slide, index) };
  }
  const close = (): void => pages.close();
  return { path, header, slides: Object.freeze([...counts.keys()]), tileCount, slideInfo, tile, tiles, close, [Symbol.dispose]: close };
}

/** The JPEG inside a value; the value is this reader's own copy, so a view of it may leave. */
function readValue(value: Uint8Array, path: string, slide: string, index: number): Uint8Array {
  try {
    const jpeg = unpickleJpeg(value);
    // A plain array, whatever class the value's bytes have.
    return new Uint8Array(jpeg.buffer, jpeg.byteOffset, jpeg.length);
  } catch (error) {
    if (!isSlidestreamError(error)) throw error;
    throw new SlidestreamError({
      code: error.code,
      category: error.category,
      message: `tile ${index}: ${error.what}`,
      where: { ...error.where, file: path, slide },
      hint: error.hint,
      cause: error,
    });
  }
}
