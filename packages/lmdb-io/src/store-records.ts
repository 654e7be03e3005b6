import { isDict, isSequence, type PickleValue, unpickle } from '@slidestream/pickle';
import type { LmdbPages } from './lmdb-pages.js';
import { entries, getValue } from './lmdb-tree.js';
import { storeError } from './store-error.js';
import {
  COUNTS_RECORD,
  HEADER_RECORD,
  KEYS_RECORD,
  LENGTH_RECORD,
  parseTileKey,
  RECENT_RECORD,
  recordKey,
  SLIDES_RECORD,
  slideKey,
  WRITING_RECORD,
} from './tile-key.js';
import type { StoredSlideInfo, StoreHeader } from './types.js';

/** Slides of a store with their tile counts, in writing order, and how they became known. */
export interface SlideTable {
  readonly counts: ReadonlyMap<string, number>;
  /** `keys`: the reference's records are absent or lag behind, and all keys were looked at. */
  readonly from: 'records' | 'keys';
}

function pickled(pages: LmdbPages, name: string): PickleValue | undefined {
  const value = getValue(pages, recordKey(name));
  return value === undefined ? undefined : unpickle(value, { file: `${pages.file}:${name}` });
}

function readCounts(pages: LmdbPages): Map<string, number> | undefined {
  const table = pickled(pages, COUNTS_RECORD);
  const order = pickled(pages, SLIDES_RECORD);
  if (table === undefined || order === undefined) return undefined;
  const broken = (what: string): Error => storeError('damaged', what, { file: pages.file });
  if (!isDict(table) || !isSequence(order)) throw broken('the list of slides is none');
  const counts = new Map<string, number>();
  for (const slide of order) {
    const count = table.get(slide);
    if (typeof slide !== 'string') throw broken('a slide id is no text');
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 0) throw broken(`slide ${slide} has no tile count`);
    counts.set(slide, count);
  }
  for (const slide of table.keys())
    if (typeof slide !== 'string' || !counts.has(slide)) throw broken('a slide with tiles is missing from the list');
  return counts;
}

/** Slides that were finished after the reference's tables were written. */
export function readRecent(pages: LmdbPages): readonly (readonly [string, number])[] {
  const recent = json(pages, recordKey(RECENT_RECORD)) ?? [];
  const isCount = (entry: unknown): entry is [string, number] =>
    Array.isArray(entry) && typeof entry[0] === 'string' && Number.isInteger(entry[1]) && entry[1] >= 0;
  if (Array.isArray(recent) && recent.every(isCount)) return recent;
  throw storeError('damaged', `the record ${RECENT_RECORD} lists no slides`, { file: pages.file });
}

function scanCounts(pages: LmdbPages): Map<string, number> {
  return pages.consistent(() => {
    const counts = new Map<string, number>();
    for (const { key } of entries(pages)) {
      const tile = parseTileKey(key);
      if (tile !== undefined) counts.set(tile.slide, Math.max(counts.get(tile.slide) ?? 0, tile.index + 1));
    }
    return counts;
  });
}

/** Which slides a store holds. Its own records are believed unless they account for fewer records than there are. */
export function readSlideTable(pages: LmdbPages): SlideTable {
  const counts = readCounts(pages);
  for (const [slide, count] of readRecent(pages)) counts?.set(slide, count);
  if (counts === undefined) return { counts: scanCounts(pages), from: 'keys' };
  const tiles = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const has = (name: string): number => (getValue(pages, recordKey(name)) === undefined ? 0 : 1);
  const ours = has(HEADER_RECORD) === 1;
  // A slide half-written by us is known to be so, and its tiles do not count.
  if (ours) return { counts, from: 'records' };
  const known =
    tiles + [COUNTS_RECORD, SLIDES_RECORD, KEYS_RECORD, LENGTH_RECORD, WRITING_RECORD].reduce((sum, name) => sum + has(name), 0);
  return pages.meta.entries > known ? { counts: scanCounts(pages), from: 'keys' } : { counts, from: 'records' };
}

function json(pages: LmdbPages, key: Buffer): unknown {
  const value = getValue(pages, key);
  if (value === undefined) return undefined;
  try {
    return JSON.parse(value.toString('utf8'));
  } catch (cause) {
    throw storeError('damaged', `the record ${key.toString('utf8').slice(0, 100)} is no JSON`, { file: pages.file }, { cause });
  }
}

/** Our header, `null` in stores of other tools. @throws SlidestreamError `store/newer` */
export function readHeader(pages: LmdbPages): StoreHeader | null {
  const header = json(pages, recordKey(HEADER_RECORD)) as StoreHeader | undefined;
  if (header === undefined) return null;
  if (header?.formatVersion !== 1) {
    throw storeError(
      'newer',
      `the store has version ${header?.formatVersion} of Slidestream's records, 1 is known here`,
      { file: pages.file },
      { hint: 'Use a newer Slidestream' },
    );
  }
  return header;
}

/** Whether a list that may be left out has one number for each tile. */
function isPerTile(values: unknown, tiles: number): boolean {
  return values === undefined || (Array.isArray(values) && values.length === tiles);
}

/** What we know of a slide, `null` in stores of other tools. @throws SlidestreamError `store/damaged` */
export function readSlideInfo(pages: LmdbPages, slide: string): StoredSlideInfo | null {
  const info = json(pages, slideKey(slide)) as StoredSlideInfo | undefined;
  if (info === undefined) return null;
  if (
    !Array.isArray(info?.crc32c) ||
    !Array.isArray(info.coords) ||
    (info.coords.length !== 0 && info.coords.length !== 2 * info.crc32c.length) ||
    !isPerTile(info.tissueFractions, info.crc32c.length) ||
    !isPerTile(info.parents?.tiles, info.crc32c.length)
  ) {
    throw storeError('damaged', 'the record of the slide is incomplete', { file: pages.file, slide });
  }
  return info;
}
