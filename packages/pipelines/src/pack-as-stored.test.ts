import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@slidestream/core';
import { openTileStore, tileRecord, verifyTileStore } from '@slidestream/lmdb-io';
import { decodeJpeg, encodeJpeg, openSlide } from '@slidestream/slides';
import { makeSyntheticSlide, writeSyntheticSlide } from '@slidestream/testing/synthetic';
import { defaultParameters, type TileScale } from '@slidestream/tiling';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createPortionEncoder, recordsOf } from './pack-portion.js';
import { packTiles } from './pack-tiles.js';
import { readTileGrid } from './tile-coords.js';
import { tileSlides } from './tile-slides.js';

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 });
const context = { logger: silentLogger, onProgress: () => undefined, signal: new AbortController().signal };
const parameters = { ...defaultParameters, a_t: 0.1, sthresh: 15 };
let root = '';
let path = '';

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slidestream-stored-'));
  path = join(root, 'S0.svs');
  const slide = makeSyntheticSlide({ id: 'S0', label: 'tumor', seed: 4, widthPx: 1500, heightPx: 1300, downsamples: [4] });
  await writeSyntheticSlide(slide, path);
});
afterAll(() => rm(root, { recursive: true }));

async function tileAndPack(name: string, scale: TileScale): Promise<{ coords: Int32Array; store: string }> {
  const out = join(root, name);
  await tileSlides({ slides: [path], out, scales: new Map([['high', scale]]), parameters, pictures: false }, context);
  const store = join(root, `${name}.lmdb`);
  await packTiles({ coords: out, slides: [path], store, workers: 1 }, context);
  return { coords: (await readTileGrid(join(out, 'patches', 'S0.h5'))).coords, store };
}

test('tiles of an aligned grid go into the store as the file has them', async () => {
  await using slide = await openSlide(path);
  const { tileWidth: side = 0 } = slide.info.levels[0] ?? {};
  const { coords, store } = await tileAndPack('aligned', { tileSizePx: side, at: { kind: 'level', level: 0 }, align: 'file' });
  using reader = openTileStore(store);
  expect(reader.header?.encoder).toMatch(/as they are/);
  expect((await verifyTileStore(store)).ok).toBe(true);
  expect(coords.length).toBeGreaterThan(6);
  for (let i = 0; i < coords.length / 2; i++) {
    const [x, y] = [coords[2 * i] as number, coords[2 * i + 1] as number];
    expect([x % side, y % side]).toEqual([0, 0]);
    const tile = reader.tile('S0', i);
    const raw = await slide.readRawTile(0, x / side, y / side);
    expect(Buffer.compare(tile, raw?.bytes as Uint8Array)).toBe(0);
    // Nothing is lost: the region itself, where a tile that was compressed again is only near it.
    const region = await slide.readRegion({ level: 0, x, y, width: side, height: side });
    expect(Buffer.compare((await decodeJpeg(tile)).data, region.data)).toBe(0);
  }
});

test('a tile over the border is the region, white outside, whatever the file holds there', async () => {
  const encoder = createPortionEncoder();
  const coords = Int32Array.of(1024, 1024, 1280, 1024, 1024, 1280, 100, 100);
  const request = { path, level: 0, readSizePx: 256, sizePx: 256, jpegQuality: 80, coords, asStored: true, describe: false };
  const records = [...recordsOf(await encoder.encode(request), () => undefined)].map(({ value }) => value);
  await encoder.close();
  await using slide = await openSlide(path);
  expect(slide.info.levels[0]).toMatchObject({ tileWidth: 256, width: 1500, height: 1300 });
  const raw = await slide.readRawTile(0, 4, 4);
  expect(records[0]).toEqual(tileRecord(raw?.bytes as Uint8Array).value);
  for (const [i, [x, y]] of [
    [1, [1280, 1024]],
    [2, [1024, 1280]],
    [3, [100, 100]],
  ] as const) {
    const region = await slide.readRegion({ level: 0, x, y, width: 256, height: 256 });
    expect(records[i]).toEqual(tileRecord(await encodeJpeg(region, { quality: 80 })).value);
  }
});

test("a grid of CLAM's is compressed anew even where its tiles coincide, and a size that is not the file's is refused", async () => {
  const { store } = await tileAndPack('clam', { tileSizePx: 256, at: { kind: 'level', level: 0 } });
  using reader = openTileStore(store);
  expect(reader.header?.encoder).not.toMatch(/as they are/);
  const refused = await tileSlides(
    {
      slides: [path],
      out: join(root, 'refused'),
      scales: new Map([['high', { tileSizePx: 200, at: { kind: 'level', level: 0 }, align: 'file' }]]),
      parameters,
      pictures: false,
    },
    context,
  );
  expect(refused.slides[0]?.reason).toBe('tiling/cannot-align');
});
