import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@slidestream/core';
import { writeClamCoords } from '@slidestream/formats';
import { createTileStore, openTileStore } from '@slidestream/lmdb-io';
import { encodeJpeg } from '@slidestream/slides';
import { afterAll, expect, test } from 'vitest';
import type { RecipeContext } from './recipe-context.js';
import { compactStore, exportStore, importStore, mergeStores, statStore, verifyStore } from './store-recipes.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-store-recipes-'));
afterAll(() => rmSync(work, { recursive: true }));
const context = (extra: Partial<RecipeContext> = {}): RecipeContext => ({
  logger: silentLogger,
  onProgress: () => undefined,
  signal: new AbortController().signal,
  ...extra,
});

async function makeStore(path: string, slide: string): Promise<void> {
  const jpeg = await encodeJpeg({ width: 32, height: 32, data: new Uint8Array(3072).fill(90) });
  await using store = await createTileStore(path, { formatVersion: 1, tileSizePx: 32, jpegQuality: 80, encoder: 'x', creator: 'test' });
  await store.writeSlide(
    slide,
    {
      reader: { name: 't', version: '1' },
      sourceHash: '',
      width: 64,
      height: 32,
      mpp: null,
      scale: { mpp: null, level: 0, downsample: 1, sizeLevel0Px: 32 },
      coords: [0, 0, 32, 0],
    },
    [{ jpeg }, { jpeg }],
  );
}

test('stores are merged, compacted, verified, sent out and brought back with their places', async () => {
  await makeStore(join(work, 'a.lmdb'), 'a');
  await makeStore(join(work, 'b.lmdb'), 'b');
  const store = join(work, 'both.lmdb');
  const seen: (string | undefined)[] = [];
  const watched = context({ onProgress: ({ current }) => seen.push(current) });
  expect(await mergeStores({ stores: [join(work, 'a.lmdb'), join(work, 'b.lmdb')], into: store }, watched)).toEqual({
    slides: 2,
    tiles: 4,
    kept: 0,
  });
  expect(seen).toEqual(['a', 'b']);
  expect((await compactStore({ store }, context())).slides).toBe(2);
  expect(statStore({ store })).toMatchObject({ tiles: 4 });
  expect(await verifyStore({ store }, context())).toMatchObject({ ok: true, tiles: 4, checked: 4 });
  expect(await exportStore({ store, out: join(work, 'out'), slides: ['b'] }, context())).toMatchObject({ slides: 1, tiles: 2 });
  rmSync(join(work, 'out', 'slides.json'));
  await mkdir(join(work, 'tiled', 'patches'), { recursive: true });
  await writeClamCoords(join(work, 'tiled', 'patches', 'b.h5'), {
    coords: [5, 6, 7, 8],
    patchSize: 32,
    patchLevel: 0,
    downsample: [1, 1],
    levelSize: [64, 32],
    name: 'b',
    savePath: '',
  });
  await importStore({ from: join(work, 'out'), store: join(work, 'back.lmdb'), coords: join(work, 'tiled') }, context());
  using back = openTileStore(join(work, 'back.lmdb'));
  expect(back.slideInfo('b')).toMatchObject({ coords: [5, 6, 7, 8], scale: { sizeLevel0Px: 32 } });
});

test('a stop on request is said to be one', async () => {
  await makeStore(join(work, 's.lmdb'), 's');
  await expect(
    mergeStores({ stores: [join(work, 's.lmdb')], into: join(work, 't.lmdb') }, context({ signal: AbortSignal.abort() })),
  ).rejects.toMatchObject({
    code: 'streams/stopped',
    category: 'stopped',
  });
});
