import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openTileStore, verifyTileStore } from './index.js';

const folder = resolve(import.meta.dirname, '../../../../shared/vectors/files');
const present = existsSync(folder);
if (!present) process.stderr.write('skipped: golden LMDB stores, ../shared is absent\n');

interface Expectation {
  readonly slides: Readonly<Record<string, number>>;
  readonly entries: Readonly<Record<string, { readonly jpeg_sha256: string; readonly jpeg_len: number }>>;
}

const info = present ? (JSON.parse(readFileSync(join(folder, 'info.json'), 'utf8')) as Record<string, Expectation>) : {};
const names = Object.keys(info).filter((name) => name.startsWith('lmdb/') && existsSync(join(folder, name)));

describe.skipIf(!present)('stores that python-lmdb wrote', () => {
  test.each(names)('%s', async (name) => {
    const want = info[name] as Expectation;
    using store = openTileStore(join(folder, name));
    expect(Object.fromEntries(store.slides.map((slide) => [slide, store.tileCount(slide)]))).toEqual(want.slides);
    expect(store.header).toBeNull();
    let tiles = 0;
    for (const slide of store.slides) {
      expect(store.slideInfo(slide)).toBeNull();
      for await (const { index, jpeg } of store.tiles(slide)) {
        const entry = want.entries[`${slide}-${index}`];
        expect(jpeg.length).toBe(entry?.jpeg_len);
        expect(createHash('sha256').update(jpeg).digest('hex')).toBe(entry?.jpeg_sha256);
        tiles++;
      }
    }
    expect(tiles).toBe(Object.keys(want.entries).length);
    expect(await verifyTileStore(join(folder, name))).toMatchObject({ ok: true, tiles, checked: 0 });
  });
});
