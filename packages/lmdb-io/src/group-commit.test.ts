import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createTileStore, openTileStore, tileRecord, verifyTileStore } from './index.js';
import { openPages } from './open-pages.js';
import { readRecent } from './store-records.js';
import { contentHash, madeUpInfo, madeUpTiles, testHeader } from './testing/made-up-slides.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-group-'));
afterAll(() => rmSync(work, { recursive: true }));

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `case-${i}`);
/** Transactions that a store has seen. */
const commits = (path: string): bigint => {
  using pages = openPages(path);
  return BigInt(pages.meta.txnId);
};

test('slides that are asked for together share a commit, in order, and the store is as if written one by one', async () => {
  const [together, apart] = [join(work, 'together.lmdb'), join(work, 'apart.lmdb')];
  const store = await createTileStore(together, testHeader);
  const before = commits(together);
  const written = names(30).map((slide) => store.writeSlide(slide, madeUpInfo(3), madeUpTiles(slide, 3)));
  await Promise.all(written);
  expect(Number(commits(together) - before)).toBeLessThan(5);
  expect(names(30).every((slide) => store.has(slide))).toBe(true);
  await store.close();
  {
    await using other = await createTileStore(apart, testHeader);
    for (const slide of names(30))
      await other.writeSlide(
        slide,
        madeUpInfo(3),
        [...madeUpTiles(slide, 3)].map(({ jpeg }) => tileRecord(jpeg)),
      );
  }
  expect(contentHash(together)).toBe(contentHash(apart));
  using reader = openTileStore(together);
  expect(reader.slides).toEqual(names(30));
});

test('a slide that waits for others is not there yet, and is when it is flushed or its time is up', async () => {
  const path = join(work, 'waiting.lmdb');
  await using store = await createTileStore(path, testHeader, { commitWithinMs: 60_000 });
  const first = store.writeSlide('first', madeUpInfo(2), madeUpTiles('first', 2));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(store.has('first')).toBe(false);
  await expect(store.writeSlide('first', madeUpInfo(2), madeUpTiles('first', 2))).rejects.toMatchObject({ code: 'store/slide-exists' });
  {
    using early = openTileStore(path);
    expect(early.slides).toEqual([]);
  }
  store.flush();
  await first;
  using late = openTileStore(path);
  expect(late.slides).toEqual(['first']);

  await using quick = await createTileStore(join(work, 'quick.lmdb'), testHeader, { commitWithinMs: 10 });
  await quick.writeSlide('only', madeUpInfo(2), madeUpTiles('only', 2));
  expect(quick.has('only')).toBe(true);
});

test('a broken slide between two that share a commit leaves both whole', async () => {
  const path = join(work, 'broken.lmdb');
  await using store = await createTileStore(path, testHeader, { batchBytes: 50_000 });
  function* breaking(): Generator<{ jpeg: Uint8Array }> {
    yield* madeUpTiles('b', 40);
    throw new Error('unreadable');
  }
  const results = await Promise.allSettled([
    store.writeSlide('a', madeUpInfo(4), madeUpTiles('a', 4)),
    store.writeSlide('b', madeUpInfo(50), breaking()),
    store.writeSlide('c', madeUpInfo(4), madeUpTiles('c', 4)),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  await store.close();
  expect(await verifyTileStore(path)).toMatchObject({ ok: true, tiles: 8 });
});

test('memory of records is called free only when they are written', async () => {
  await using store = await createTileStore(join(work, 'memory.lmdb'), testHeader, { batchBytes: 20_000, commitWithinMs: 60_000 });
  const free: number[] = [];
  function* records(): Generator<ReturnType<typeof tileRecord> & { onWritten: () => void }> {
    let index = 0;
    for (const { jpeg } of madeUpTiles('m', 20)) {
      const number = index++;
      yield { ...tileRecord(jpeg), onWritten: () => void free.push(number) };
    }
  }
  const written = store.writeSlide('m', madeUpInfo(20), records());
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(free.length).toBeGreaterThan(0);
  expect(free.length).toBeLessThan(20);
  store.flush();
  await written;
  expect(free).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test('5,000 tiny slides: tables are renewed ever more rarely, a reader knows all slides at every instant', {
  timeout: 120_000,
}, async () => {
  const path = join(work, 'many.lmdb');
  const store = await createTileStore(path, testHeader);
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xd9);
  const slides = names(5000);
  const info = { ...madeUpInfo(1), coords: [0, 0] };
  let written = 0;
  const lag: number[] = [];
  for (let from = 0; from < slides.length; from += 9) {
    const some = slides.slice(from, from + 9);
    await Promise.all(some.map((slide) => store.writeSlide(slide, info, [{ jpeg }])));
    written += some.length;
    if (written % 1001 > 8) continue;
    // What a kill at this instant would leave.
    const copy = join(work, 'copy.lmdb');
    copyFileSync(path, copy);
    using reader = openTileStore(copy);
    expect(reader.slides).toEqual(slides.slice(0, written));
    using pages = openPages(copy);
    lag.push(readRecent(pages).length);
    const again = await createTileStore(copy, testHeader);
    expect(again.has(some[0] as string)).toBe(true);
    await again.close();
    expect((await verifyTileStore(copy)).ok).toBe(true);
  }
  expect(Math.max(...lag)).toBeGreaterThan(0);
  expect(Math.max(...lag)).toBeLessThanOrEqual(5000 / 64);
  await store.close();
  expect(await verifyTileStore(path)).toMatchObject({ ok: true, tiles: 5000 });
  using reader = openTileStore(path);
  expect(reader.slides).toEqual(slides);
});
