import { expect, test } from 'vitest';
import { takePixels } from './pixel-memory.js';
import { createTileCache } from './tile-cache.js';

const tile = (): Promise<Uint8Array> => Promise.resolve(new Uint8Array(100));

test('keeps at most its bytes, least recently used first out', async () => {
  const cache = createTileCache(350);
  let decoded = 0;
  const get = async (key: number): Promise<void> => {
    await cache.get(key, () => {
      decoded++;
      return tile();
    });
  };
  for (const key of [1, 2, 3, 1, 4]) await get(key);
  expect(cache.bytes).toBe(300);
  expect(decoded).toBe(4);
  await get(1);
  expect(decoded).toBe(4);
  await get(2);
  expect(decoded).toBe(5);
  cache.clear();
  expect(cache.bytes).toBe(0);
});

test('concurrent requests share one decoding; a failed one is tried again', async () => {
  const cache = createTileCache(1000);
  let calls = 0;
  const decode = async (): Promise<Uint8Array> => {
    calls++;
    if (calls === 1) throw new Error('broken');
    return tile();
  };
  const both = await Promise.allSettled([cache.get(7, decode), cache.get(7, decode)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(calls).toBe(1);
  await cache.get(7, decode);
  expect(cache.bytes).toBe(100);
});

test('a tile larger than the cache is passed through', async () => {
  const cache = createTileCache(50);
  await cache.get(1, tile);
  expect(cache.bytes).toBe(0);
});

test('memory of tiles that were put out serves others only after the event loop has turned', async () => {
  const cache = createTileCache(1000);
  const first = takePixels(1000);
  await cache.get(1, () => Promise.resolve(first));
  await cache.get(2, () => Promise.resolve(takePixels(1000)));
  expect(takePixels(1000)).not.toBe(first);
  await new Promise((resolve) => setImmediate(resolve));
  expect(takePixels(1000)).toBe(first);
  expect(takePixels(1000)).not.toBe(first);
});
