import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@slidestream/core';
import { openTileStore, verifyTileStore } from '@slidestream/lmdb-io';
import { decodeJpeg, encodeJpeg, openSlide } from '@slidestream/slides';
import { makeSyntheticSlide, writeSyntheticSlide } from '@slidestream/testing/synthetic';
import { defaultParameters, type TileScale } from '@slidestream/tiling';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { packTiles } from './pack-tiles.js';
import { createPackWorkers } from './pack-workers.js';
import type { RecipeContext } from './recipe-context.js';
import { readTileGrid } from './tile-coords.js';
import { tileSlides } from './tile-slides.js';

const context = (extra: Partial<RecipeContext> = {}): RecipeContext => ({
  logger: silentLogger,
  onProgress: () => undefined,
  signal: new AbortController().signal,
  ...extra,
});
vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 });
let root = '';
let slides = '';
const coords = (): string => join(root, 'tiled');

/** Worker processes of this one, found by what they run. */
function workersOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, child, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return Number(parent) === pid && args?.includes('pack-worker') ? [Number(child)] : [];
  });
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slidestream-pack-'));
  slides = join(root, 'slides');
  await mkdir(slides);
  for (const [i, label] of (['normal', 'tumor', 'normal'] as const).entries()) {
    const slide = makeSyntheticSlide({ id: `S${i}`, label, seed: 9, widthPx: 1280, heightPx: 1024, downsamples: [4] });
    await writeSyntheticSlide(slide, join(slides, `S${i}.svs`));
  }
  const scales = new Map<string, TileScale>([
    ['high', { tileSizePx: 128, at: { kind: 'level', level: 0 } }],
    ['low', { tileSizePx: 128, at: { kind: 'mpp', mpp: 2 } }],
  ]);
  await tileSlides(
    { slides: [slides], out: coords(), scales, parameters: { ...defaultParameters, a_t: 0.1, sthresh: 15 }, pictures: false },
    context(),
  );
});
afterAll(() => rm(root, { recursive: true }));

test('each scale gets its store, tiles are the regions of the grid', async () => {
  const store = join(root, 'all.lmdb');
  const seen: number[] = [];
  const summary = await packTiles({ coords: coords(), slides: [slides], store }, context({ onProgress: ({ done }) => seen.push(done) }));
  expect(summary).toMatchObject({
    packed: 3,
    alreadyThere: 0,
    withoutTiles: [],
    failures: [],
    stores: { high: store, low: join(root, 'all-low.lmdb') },
  });
  expect(seen).toEqual(seen.map((_, i) => i + 1));
  using high = openTileStore(store);
  using low = openTileStore(join(root, 'all-low.lmdb'));
  expect(high.slides).toEqual(['S0', 'S1', 'S2']);
  expect(high.header).toMatchObject({ tileSizePx: 128, jpegQuality: 80 });
  const grid = await readTileGrid(join(coords(), 'patches', 'S1.h5'));
  expect(high.tileCount('S1')).toBe(grid.coords.length / 2);
  expect(high.slideInfo('S1')).toMatchObject({ coords: Array.from(grid.coords), scale: { level: 0, downsample: 1, sizeLevel0Px: 128 } });
  const lowGrid = await readTileGrid(join(coords(), 'patches-low', 'S1.h5'));
  expect(high.slideInfo('S1')?.parents).toEqual({ scale: 'low', tiles: Array.from(grid.parents?.tiles ?? []) });
  expect(low.slideInfo('S1')?.parents).toBeUndefined();
  expect(Math.max(...(high.slideInfo('S1')?.parents?.tiles ?? []))).toBeLessThan(low.tileCount('S1'));
  for (const [i, share] of (low.slideInfo('S1')?.tissueFractions ?? []).entries())
    expect(share).toBeCloseTo(lowGrid.tissueFractions?.[i] ?? -1, 2);
  expect(low.slideInfo('S1')?.tissueFractions?.length).toBe(low.tileCount('S1'));
  await using slide = await openSlide(join(slides, 'S1.svs'));
  const region = await slide.readRegion({ level: 0, x: grid.coords[8] as number, y: grid.coords[9] as number, width: 128, height: 128 });
  expect(high.tile('S1', 4)).toEqual(new Uint8Array(await encodeJpeg(region, { quality: 80 })));
  const image = await decodeJpeg(low.tile('S1', 0));
  expect([image.width, image.height]).toEqual([128, 128]);
  expect(low.slideInfo('S1')?.scale.mpp).toBeCloseTo(2, 6);
  expect(await verifyTileStore(store)).toMatchObject({ ok: true, tiles: summary.tiles.high });
  expect(await packTiles({ coords: coords(), slides: [slides], store }, context())).toMatchObject({ packed: 0, alreadyThere: 3 });
});

test('a broken slide is listed, the others are packed', async () => {
  const mixed = join(root, 'mixed');
  await mkdir(mixed);
  for (const name of ['S0', 'S2']) await writeFile(join(mixed, `${name}.svs`), await readFile(join(slides, `${name}.svs`)));
  await writeFile(join(mixed, 'S1.svs'), (await readFile(join(slides, 'S1.svs'))).subarray(0, 30_000));
  await writeFile(join(mixed, 'S9.svs'), '');
  const store = join(root, 'mixed.lmdb');
  const summary = await packTiles({ coords: coords(), slides: [mixed], store, tileSizePx: 64 }, context());
  expect(summary).toMatchObject({ packed: 2, withoutTiles: ['S9'], failures: [{ slide: 'S1' }] });
  expect(summary.failures[0]?.code).toMatch(/^slide\//);
  using reader = openTileStore(store);
  expect(reader.slides).toEqual(['S0', 'S2']);
  const image = await decodeJpeg(reader.tile('S2', 0));
  expect([image.width, image.height]).toEqual([64, 64]);
  await expect(packTiles({ coords: coords(), slides: [slides], store, tileSizePx: 128 }, context())).rejects.toMatchObject({
    code: 'store/other-settings',
  });
  expect(await packTiles({ coords: coords(), slides: [slides], store, tileSizePx: 64 }, context())).toMatchObject({
    packed: 1,
    alreadyThere: 2,
  });
});

test('stopping leaves whole slides, and the rest is done later', async () => {
  const store = join(root, 'stopped.lmdb');
  const stop = new AbortController();
  const signal = stop.signal;
  const onProgress: RecipeContext['onProgress'] = ({ done }) => done === 12 && stop.abort();
  await expect(packTiles({ coords: coords(), slides: [slides], store }, context({ signal, onProgress }))).rejects.toMatchObject({
    code: 'streams/stopped',
  });
  const summary = await packTiles({ coords: coords(), slides: [slides], store }, context());
  expect(summary.packed + summary.alreadyThere).toBe(3);
  using reader = openTileStore(store);
  expect(reader.slides).toEqual(['S0', 'S1', 'S2']);
  expect((await verifyTileStore(store)).ok).toBe(true);
});

test('a folder without coordinates is refused', async () => {
  const refused = packTiles({ coords: slides, slides: [slides], store: join(root, 'none.lmdb') }, context());
  await expect(refused).rejects.toMatchObject({ code: 'pack/no-coords' });
});

test('worker processes write the same stores, are replaced when they die, and end when closed', async () => {
  await using workers = createPackWorkers(2);
  await workers.ready();
  const [alone, together] = [join(root, 'alone.lmdb'), join(root, 'together.lmdb')];
  await packTiles({ coords: coords(), slides: [slides], store: alone, workers: 1 }, context());
  const summary = await packTiles({ coords: coords(), slides: [slides], store: together, workers }, context());
  expect(summary).toMatchObject({ packed: 3, failures: [] });
  using expected = openTileStore(alone);
  using made = openTileStore(together);
  expect(made.slides).toEqual(expected.slides);
  for (const slide of expected.slides) {
    expect(made.slideInfo(slide)).toEqual(expected.slideInfo(slide));
    for (let i = 0; i < expected.tileCount(slide); i++) expect(made.tile(slide, i)).toEqual(expected.tile(slide, i));
  }

  const broken = join(root, 'cut.svs');
  await writeFile(broken, (await readFile(join(slides, 'S1.svs'))).subarray(0, 30_000));
  const request = { path: broken, level: 0, readSizePx: 64, sizePx: 64, jpegQuality: 80, coords: Int32Array.of(0, 0), describe: true };
  const { signal } = new AbortController();
  await expect(workers.encode(request, signal)).rejects.toMatchObject({ code: expect.stringMatching(/^slide\//), where: { file: broken } });

  const pids = workersOf(process.pid);
  expect(pids).toHaveLength(2);
  const many = { ...request, path: join(slides, 'S1.svs'), coords: new Int32Array(4000) };
  const interrupted = workers.encode(many, signal);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  expect((await interrupted).starts).toHaveLength(2000);
  await workers.ready();
  expect(workersOf(process.pid).filter((pid) => pids.includes(pid))).toEqual([]);
  await workers.close();
  expect(workersOf(process.pid)).toEqual([]);
});
