import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@slidestream/core';
import { openTileStore, verifyTileStore } from '@slidestream/lmdb-io';
import { makeSyntheticSlide, writeSyntheticSlide } from '@slidestream/testing/synthetic';
import { defaultParameters, type TileScale } from '@slidestream/tiling';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { PackOptions, PackSummary } from './pack-settings.js';
import { shardFolder } from './pack-shards.js';
import { packTiles } from './pack-tiles.js';
import type { RecipeContext } from './recipe-context.js';
import { tileSlides } from './tile-slides.js';

vi.setConfig({ hookTimeout: 60_000, testTimeout: 60_000 });
const context = (extra: Partial<RecipeContext> = {}): RecipeContext => ({
  logger: silentLogger,
  onProgress: () => undefined,
  signal: new AbortController().signal,
  ...extra,
});
let root = '';
let slides = '';
/** S1 is tiled and then broken. */
const ids = ['S0', 'S1', 'S2', 'S3', 'S4'];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slidestream-shared-'));
  slides = join(root, 'slides');
  await mkdir(slides);
  for (const [seed, id] of ids.entries()) {
    const slide = makeSyntheticSlide({ id, label: 'tumor', seed, widthPx: 768, heightPx: 640, downsamples: [4] });
    await writeSyntheticSlide(slide, join(slides, `${id}.svs`));
  }
  const scales = new Map<string, TileScale>([
    ['high', { tileSizePx: 128, at: { kind: 'level', level: 0 } }],
    ['low', { tileSizePx: 128, at: { kind: 'mpp', mpp: 1 } }],
  ]);
  const parameters = { ...defaultParameters, a_t: 0.1, sthresh: 15 };
  await tileSlides({ slides: [slides], out: join(root, 'tiled'), scales, parameters, pictures: false }, context());
  await copyFile(join(slides, 'S1.svs'), join(root, 'S1.whole'));
  await writeFile(join(slides, 'S1.svs'), (await readFile(join(root, 'S1.whole'))).subarray(0, 4000));
});
afterAll(() => rm(root, { recursive: true }));

const pack = (store: string, extra: Partial<PackOptions> = {}, own = context()): Promise<PackSummary> => {
  const sharing = { beatMs: 100, staleMs: 5000, ...extra.sharing };
  return packTiles({ coords: join(root, 'tiled'), slides: [slides], store: join(root, store), workers: 1, ...extra, sharing }, own);
};

/** All of a store, in its order. */
async function content(store: string): Promise<unknown> {
  using reader = openTileStore(join(root, store));
  const all: unknown[] = [reader.header];
  for (const slide of reader.slides) {
    const tiles: string[] = [];
    for await (const { jpeg } of reader.tiles(slide)) tiles.push(Buffer.from(jpeg).toString('base64'));
    all.push([slide, reader.slideInfo(slide), tiles]);
  }
  return all;
}

test('a store that workers share is the one that a single worker writes', async () => {
  await pack('alone.lmdb');
  const summaries = await Promise.all([1, 2, 3].map(() => pack('many.lmdb', { shared: true })));
  expect(summaries.map(({ packed }) => packed).reduce((sum, n) => sum + n)).toBe(4);
  for (const { packed, alreadyThere, failures, whole } of summaries) {
    expect(packed + alreadyThere).toBe(4);
    expect(failures.map(({ slide }) => slide)).toEqual(['S1']);
    expect(whole).toBe(true);
  }
  for (const scale of ['', '-low']) {
    expect(await content(`many${scale}.lmdb`)).toEqual(await content(`alone${scale}.lmdb`));
    expect((await verifyTileStore(join(root, `many${scale}.lmdb`))).ok).toBe(true);
  }
  expect((await readdir(shardFolder(join(root, 'many.lmdb')), { recursive: true })).sort()).toEqual(['high', 'low']);
});

test('a failure stands until it is asked for again; then no other slide is touched', async () => {
  for (const [store, shared] of [
    ['alone.lmdb', false],
    ['many.lmdb', true],
  ] as const) {
    const again = await pack(store, { shared });
    expect(again).toMatchObject({ packed: 0, alreadyThere: 4, failures: [{ slide: 'S1', code: 'slide/truncated' }] });
    expect(again.failures[0]?.message).toContain('--retry-failed');
    const tried = await pack(store, { shared, sharing: { retryFailed: true } });
    expect(tried.failures[0]?.message).not.toContain('--retry-failed');
  }
  await copyFile(join(root, 'S1.whole'), join(slides, 'S1.svs'));
  for (const [store, shared] of [
    ['alone.lmdb', false],
    ['many.lmdb', true],
  ] as const) {
    // The file is another one now: that is reason enough.
    expect(await pack(store, { shared })).toMatchObject({ packed: 1, alreadyThere: 4, failures: [] });
    expect(await pack(store, { shared })).toMatchObject({ packed: 0, alreadyThere: 5, failures: [] });
  }
  expect(await content('many.lmdb')).toEqual(await content('alone.lmdb'));
});

test('parts are put together by whoever does the last one', async () => {
  const parts = [0, 1].map((index) => ({ shared: true, sharing: { shard: { index, count: 2 } } }));
  const first = await pack('parts.lmdb', parts[0]);
  expect(first.whole).toBe(false);
  expect(first.packed).toBeGreaterThan(0);
  expect(existsSync(join(root, 'parts.lmdb'))).toBe(false);
  await expect(pack('parts.lmdb')).rejects.toMatchObject({ code: 'pack/shared-before' });
  expect((await pack('parts.lmdb', parts[1])).whole).toBe(true);
  await pack('quiet.lmdb');
  expect(await content('parts.lmdb')).toEqual(await content('quiet.lmdb'));
});

test('a worker that is stopped leaves nothing half done', async () => {
  const stop = new AbortController();
  const stopped = pack(
    'stopped.lmdb',
    { shared: true },
    context({ signal: stop.signal, onProgress: ({ done }) => done === 30 && stop.abort() }),
  );
  await expect(stopped).rejects.toMatchObject({ code: 'streams/stopped' });
  const files = await readdir(join(root, 'stopped.lmdb.work'), { recursive: true });
  expect(files.filter((name) => /part|lock|writer/.test(name))).toEqual([]);
  expect(await pack('stopped.lmdb', { shared: true })).toMatchObject({ failures: [], whole: true });
  expect(await content('stopped.lmdb')).toEqual(await content('quiet.lmdb'));
});
