import { storeError } from './store-error.js';

/** LMDB's limit in python-lmdb and every standard build. */
const MAX_KEY_BYTES = 511;

/** The reference's own records. */
export const KEYS_RECORD = '__keys__';
export const LENGTH_RECORD = '__len__';
export const SLIDES_RECORD = '__slide__';
export const COUNTS_RECORD = '__pn__';
/** Ours: the store, one per slide, which slide is being written, and slides that the reference's tables do not list yet. */
export const HEADER_RECORD = '__slidestream__';
export const WRITING_RECORD = '__slidestream_writing__';
export const RECENT_RECORD = '__slidestream_recent__';

/** Key of a record that is no tile. */
export function recordKey(name: string): Buffer {
  return Buffer.from(name, 'utf8');
}

/** Key under which a slide's facts lie. */
export function slideKey(slide: string): Buffer {
  return Buffer.from(`${HEADER_RECORD}/${slide}`, 'utf8');
}

/** Key of tile `index` of `slide`. */
export function tileKey(slide: string, index: number): Buffer {
  return Buffer.from(`${slide}-${index}`, 'utf8');
}

/** Slide and index of a tile's key, cut at the last hyphen; `undefined` for other records. */
export function parseTileKey(key: Uint8Array): { readonly slide: string; readonly index: number } | undefined {
  const text = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('utf8');
  if (text.startsWith(`${HEADER_RECORD}/`)) return undefined;
  const cut = text.lastIndexOf('-');
  const digits = text.slice(cut + 1);
  if (cut < 0 || !/^(0|[1-9]\d{0,8})$/.test(digits)) return undefined;
  return { slide: text.slice(0, cut), index: Number(digits) };
}

/** @throws SlidestreamError `store/slide-id` for an id that cannot be a part of a key */
export function checkSlideId(slide: string, file: string): void {
  const bytes = Buffer.byteLength(slide, 'utf8');
  const longest = Math.max(bytes + 10, bytes + HEADER_RECORD.length + 1);
  if (slide === '' || longest > MAX_KEY_BYTES || Buffer.from(slide, 'utf8').toString('utf8') !== slide) {
    throw storeError(
      'slide-id',
      `the slide id ${JSON.stringify(slide.slice(0, 60))} is empty, too long or no text`,
      { file, slide: slide.slice(0, 60) },
      {
        hint: `Ids have 1 to ${MAX_KEY_BYTES - HEADER_RECORD.length - 1} bytes`,
      },
    );
  }
}
