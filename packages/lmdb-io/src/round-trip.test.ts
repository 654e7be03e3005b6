import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkLmdbBuild, createTileStore, openTileStore, verifyTileStore } from './index.js';
import { contentHash, madeUpInfo, madeUpJpeg, madeUpTiles, testHeader } from './testing/made-up-slides.js';
import type { TileToStore } from './types.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-store-'));
afterAll(() => rmSync(work, { recursive: true }));

const slides: readonly (readonly [string, number])[] = [
  ['case-1', 40],
  ['TCGA-3C-AALI', 12],
  ['TCGA-3C-AALI-01Z', 3],
  ['with space/and slash', 2],
  ['病理-é', 11],
  ['-', 1],
  ['x'.repeat(480), 2],
  ['empty', 0],
];

async function write(path: string, batchBytes?: number): Promise<void> {
  await using store = await createTileStore(path, testHeader, { batchBytes });
  for (const [slide, count] of slides) if (!store.has(slide)) await store.writeSlide(slide, madeUpInfo(count), madeUpTiles(slide, count));
}

test('the installed LMDB is one of data format 1', async () => {
  expect((await checkLmdbBuild()).dataFormat).toBe(1);
});

test('what is written is read back', async () => {
  const path = join(work, 'a.lmdb');
  await write(path);
  using store = openTileStore(path);
  expect(store.header).toEqual(testHeader);
  expect(store.slides).toEqual(slides.map(([slide]) => slide));
  for (const [slide, count] of slides) {
    expect(store.tileCount(slide)).toBe(count);
    for (let index = 0; index < count; index++) expect(Buffer.compare(store.tile(slide, index), madeUpJpeg(slide, index))).toBe(0);
    expect(store.slideInfo(slide)).toMatchObject(madeUpInfo(count));
  }
  expect(() => store.tile('case-1', 40)).toThrow(expect.objectContaining({ code: 'store/unknown-tile' }));
  expect(() => store.tileCount('nobody')).toThrow(expect.objectContaining({ code: 'store/unknown-slide' }));
  expect(await verifyTileStore(path)).toMatchObject({ ok: true, tiles: 71, checked: 71 });
});

test('batches and interruptions do not change the content', async () => {
  await write(join(work, 'whole.lmdb'));
  await write(join(work, 'small.lmdb'), 1000);
  const broken = join(work, 'broken.lmdb');
  const store = await createTileStore(broken, testHeader, { batchBytes: 5000 });
  await store.writeSlide('case-1', madeUpInfo(40), madeUpTiles('case-1', 40));
  function* failing(): Generator<TileToStore> {
    yield* madeUpTiles('TCGA-3C-AALI', 9);
    throw new Error('the slide broke off');
  }
  await expect(store.writeSlide('TCGA-3C-AALI', madeUpInfo(12), failing())).rejects.toThrow('broke off');
  expect(store.has('TCGA-3C-AALI')).toBe(false);
  await store.close();
  await write(broken);
  expect(contentHash(join(work, 'small.lmdb'))).toBe(contentHash(join(work, 'whole.lmdb')));
  expect(contentHash(broken)).toBe(contentHash(join(work, 'whole.lmdb')));
});

test('a reader sees complete slides while a writer is at work', async () => {
  const path = join(work, 'live.lmdb');
  const writer = await createTileStore(path, testHeader, { batchBytes: 2000 });
  await writer.writeSlide('one', madeUpInfo(30), madeUpTiles('one', 30));
  using early = openTileStore(path);
  async function* reading(): AsyncGenerator<TileToStore> {
    for (let index = 0; index < 60; index++) {
      using late = openTileStore(path);
      expect(late.slides).toEqual(['one']);
      expect(Buffer.compare(early.tile('one', index % 30), madeUpJpeg('one', index % 30))).toBe(0);
      yield { jpeg: madeUpJpeg('two', index) };
    }
  }
  await writer.writeSlide('two', madeUpInfo(60), reading());
  await writer.close();
  using done = openTileStore(path);
  expect(done.slides).toEqual(['one', 'two']);
});

test('a second writer is refused at once, a dead one is followed', async () => {
  const path = join(work, 'locked.lmdb');
  const writer = await createTileStore(path, testHeader);
  const start = performance.now();
  await expect(createTileStore(path, testHeader)).rejects.toMatchObject({
    code: 'store/locked',
    message: expect.stringContaining(String(process.pid)),
  });
  expect(performance.now() - start).toBeLessThan(1000);
  await writer.close();
  const { hostname } = await import('node:os');
  writeFileSync(`${path}.writer`, JSON.stringify({ pid: 999_999_9, host: hostname(), processStart: null }));
  await (await createTileStore(path, testHeader)).close();
  writeFileSync(`${path}.writer`, JSON.stringify({ pid: 1, host: 'elsewhere', processStart: null }));
  await expect(createTileStore(path, testHeader)).rejects.toMatchObject({
    code: 'store/locked',
    message: expect.stringContaining('elsewhere'),
  });
  // Who watches that machine's workers may know better.
  const knows = (pid: number) =>
    createTileStore(path, testHeader, { isWriterGone: (holder) => holder.pid === pid && holder.host === 'elsewhere' });
  await expect(knows(2)).rejects.toMatchObject({ code: 'store/locked' });
  await (await knows(1)).close();
});

test('other settings, ids and sizes are refused by name', async () => {
  const path = join(work, 'settings.lmdb');
  const store = await createTileStore(path, testHeader, { mapSizeBytes: 1 << 20 });
  await expect(store.writeSlide('', madeUpInfo(0), [])).rejects.toMatchObject({ code: 'store/slide-id' });
  await expect(store.writeSlide('y'.repeat(512), madeUpInfo(0), [])).rejects.toMatchObject({ code: 'store/slide-id' });
  await store.writeSlide('fits', madeUpInfo(2), madeUpTiles('fits', 2));
  await expect(store.writeSlide('fits', madeUpInfo(2), madeUpTiles('fits', 2))).rejects.toMatchObject({ code: 'store/slide-exists' });
  await expect(store.writeSlide('large', madeUpInfo(400), madeUpTiles('large', 400))).rejects.toMatchObject({ code: 'store/map-full' });
  await store.close();
  using reader = openTileStore(path);
  expect(reader.slides).toEqual(['fits']);
  await expect(createTileStore(path, { ...testHeader, jpegQuality: 90 })).rejects.toMatchObject({
    code: 'store/other-settings',
    message: expect.stringContaining('jpegQuality 80, now 90'),
  });
  await (await createTileStore(path, testHeader)).close();
});

test('a flipped byte in a tile is found, and named', async () => {
  const path = join(work, 'flip.lmdb');
  const store = await createTileStore(path, testHeader);
  await store.writeSlide('s', madeUpInfo(100), madeUpTiles('s', 100));
  await store.close();
  const whole = readFileSync(path);
  let found = 0;
  for (let index = 0; index < 100; index++) {
    const jpeg = madeUpJpeg('s', index);
    const damaged = Buffer.from(whole);
    // An old page may hold the same tile once more.
    for (let at = whole.indexOf(jpeg); at >= 0; at = whole.indexOf(jpeg, at + 1)) {
      damaged[at + (jpeg.length >> 1)] = (damaged[at + (jpeg.length >> 1)] as number) ^ 0x10;
    }
    writeFileSync(path, damaged);
    using reader = openTileStore(path);
    expect(() => reader.tile('s', index)).toThrow(
      expect.objectContaining({ code: 'store/checksum', message: expect.stringContaining(`tile ${index} `) }),
    );
    found++;
  }
  const { faults } = await verifyTileStore(path);
  expect(faults.map((fault) => fault.index)).toEqual([99]);
  expect(found).toBe(100);
});
