import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import {
  compactTileStore,
  createTileStore,
  exportTileStore,
  importTileStore,
  jpegSize,
  mergeTileStores,
  openTileStore,
  storeStat,
  verifyTileStore,
} from './index.js';
import { contentHash, madeUpInfo, madeUpTiles, testHeader } from './testing/made-up-slides.js';
import type { TileToStore } from './types.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-ops-'));
afterAll(() => rmSync(work, { recursive: true }));
const golden = resolve(import.meta.dirname, '../../../../shared/vectors/files/lmdb');

/** The smallest thing that has a JPEG's frame header. */
function tinyJpeg(size: number, seed: number): Uint8Array {
  return Uint8Array.of(0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, size >> 8, size & 255, size >> 8, size & 255, 1, 1, 17, 0, seed, 0xff, 0xd9);
}

function* tiny(count: number): Generator<TileToStore> {
  for (let i = 0; i < count; i++) yield { jpeg: tinyJpeg(256, i) };
}

async function make(path: string, slides: readonly (readonly [string, number])[]): Promise<void> {
  await using store = await createTileStore(path, testHeader);
  for (const [slide, count] of slides) await store.writeSlide(slide, madeUpInfo(count), madeUpTiles(slide, count));
}

test('merging shards gives what one writer gives', async () => {
  await make(join(work, 'one.lmdb'), [
    ['a', 5],
    ['b', 0],
    ['c', 30],
  ]);
  await make(join(work, 's1.lmdb'), [
    ['a', 5],
    ['b', 0],
  ]);
  await make(join(work, 's2.lmdb'), [['c', 30]]);
  const shards = [join(work, 's1.lmdb'), join(work, 's2.lmdb')];
  expect(await mergeTileStores(shards, join(work, 'merged.lmdb'))).toEqual({ slides: 3, tiles: 35, kept: 0 });
  expect(contentHash(join(work, 'merged.lmdb'))).toBe(contentHash(join(work, 'one.lmdb')));
  expect(await mergeTileStores(shards, join(work, 'merged.lmdb'))).toEqual({ slides: 0, tiles: 0, kept: 3 });
  await expect(mergeTileStores([...shards, join(work, 'one.lmdb')], join(work, 'x.lmdb'))).rejects.toMatchObject({
    code: 'store/slide-exists',
  });
});

test('compacting keeps the content and drops free pages', async () => {
  const path = join(work, 'loose.lmdb');
  const writer = await createTileStore(path, testHeader, { batchBytes: 10_000 });
  await writer.writeSlide('a', madeUpInfo(20), madeUpTiles('a', 20));
  function* failing(): Generator<TileToStore> {
    yield* madeUpTiles('b', 150);
    throw new Error('stop');
  }
  await expect(writer.writeSlide('b', madeUpInfo(200), failing())).rejects.toThrow('stop');
  await writer.close();
  const before = contentHash(path);
  const { bytesBefore, bytesAfter, slides } = await compactTileStore(path);
  expect(slides).toBe(1);
  expect(bytesAfter).toBeLessThan(bytesBefore / 2);
  expect(contentHash(path)).toBe(before);
  {
    await using again = await createTileStore(path, testHeader);
    await again.writeSlide('later', madeUpInfo(3), madeUpTiles('later', 3));
  }
  expect(storeStat(path).slides.map(({ slide }) => slide)).toEqual(['a', 'later']);
  expect(readdirSync(work).filter((name) => name.startsWith('loose') && !name.endsWith('-lock'))).toEqual(['loose.lmdb']);
});

test('stat counts slides, tiles and bytes', async () => {
  const path = join(work, 'stat.lmdb');
  await make(path, [
    ['a', 5],
    ['b', 2],
  ]);
  const stat = storeStat(path);
  expect(stat).toMatchObject({ tiles: 7, slidesFrom: 'records', unfinished: null, header: testHeader });
  expect(stat.slides.map(({ slide, tiles }) => [slide, tiles])).toEqual([
    ['a', 5],
    ['b', 2],
  ]);
  expect(stat.slides[0]?.bytes).toBeGreaterThan(1000);
});

test('a store goes out to folders and comes back', async () => {
  const path = join(work, 'out.lmdb');
  const ids = ['plain', '../escape', '..', 'a/b\\c', 'CON', 'ü'.repeat(200), '.hidden', 'tail.'];
  {
    await using store = await createTileStore(path, testHeader);
    for (const [i, id] of ids.entries()) await store.writeSlide(id, madeUpInfo(i + 1), tiny(i + 1));
  }
  const folder = join(work, 'inner', 'exported');
  mkdirSync(join(work, 'inner'));
  expect(await exportTileStore(path, folder)).toMatchObject({ slides: ids.length, tiles: 36 });
  expect(readdirSync(join(work, 'inner'))).toEqual(['exported']);
  expect(new Set(readdirSync(folder).map((name) => name.toLowerCase())).size).toBe(ids.length + 1);
  await importTileStore(folder, join(work, 'back.lmdb'));
  expect(contentHash(join(work, 'back.lmdb'))).toBe(contentHash(path));
  await expect(exportTileStore(path, folder)).rejects.toMatchObject({ code: 'store/folder-not-empty' });
});

test('plain folders are imported by number, gaps and strangers are named', async () => {
  const folder = join(work, 'plain');
  mkdirSync(join(folder, 'case'), { recursive: true });
  for (const i of [0, 1, 2, 10, 3, 4, 5, 6, 7, 8, 9]) writeFileSync(join(folder, 'case', `tile_${i}.jpg`), tinyJpeg(224, i));
  await importTileStore(folder, join(work, 'plain.lmdb'), { creator: 'me' });
  using store = openTileStore(join(work, 'plain.lmdb'));
  expect(store.header).toMatchObject({ tileSizePx: 224, jpegQuality: null, creator: 'me' });
  expect(store.tile('case', 10)).toEqual(tinyJpeg(224, 10));
  rmSync(join(folder, 'case', 'tile_4.jpg'));
  await expect(importTileStore(folder, join(work, 'gap.lmdb'))).rejects.toMatchObject({ code: 'store/import-index' });
  writeFileSync(join(folder, 'case', 'tile_4.jpg'), 'no picture');
  await expect(importTileStore(folder, join(work, 'gap.lmdb'))).rejects.toMatchObject({ code: 'store/import-jpeg' });
});

test.skipIf(!existsSync(golden))('a reference store is imported, its tiles then have checksums', async () => {
  const source = join(golden, 'p4_12tiles_256px.lmdb');
  const target = join(work, 'imported.lmdb');
  await importTileStore(source, target);
  using theirs = openTileStore(source);
  using ours = openTileStore(target);
  expect(ours.slides).toEqual(theirs.slides);
  expect(ours.header).toMatchObject({ tileSizePx: 256, jpegQuality: null });
  for (const slide of ours.slides) expect(ours.tile(slide, 3)).toEqual(theirs.tile(slide, 3));
  expect(await verifyTileStore(target)).toMatchObject({ ok: true, tiles: 23, checked: 23 });
});

test('sizes are read from frame headers', () => {
  expect(jpegSize(tinyJpeg(300, 0))).toEqual({ width: 300, height: 300 });
  expect(jpegSize(Uint8Array.of(1, 2, 3))).toBeUndefined();
  expect(jpegSize(tinyJpeg(300, 0).subarray(0, 9))).toBeUndefined();
});
