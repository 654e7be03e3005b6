import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isSlidestreamError, silentLogger } from '@slidestream/core';
import { readClamCoords } from '@slidestream/formats';
import { makeSyntheticSlide, writeSyntheticSlide } from '@slidestream/testing/synthetic';
import { defaultParameters, presets, type TileScale } from '@slidestream/tiling';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecipeContext, RecipeProgress } from './recipe-context.js';
import { readTileGrid } from './tile-coords.js';
import { type TileSlidesOptions, tileSlides } from './tile-slides.js';
import type { TileSummary } from './tile-summary.js';

const shared = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../shared/data/slides');
const hasShared = existsSync(join(shared, 'clam_coords.json'));
if (!hasShared) process.stderr.write('skipped: ../shared/data/slides is absent, so CLAM’s coordinates are not compared\n');

const level0: TileScale = { tileSizePx: 256, at: { kind: 'level', level: 0 } };
const context = (extra: Partial<RecipeContext> = {}): RecipeContext => ({
  logger: silentLogger,
  onProgress: () => undefined,
  signal: new AbortController().signal,
  ...extra,
});
let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slidestream-tile-'));
});
afterAll(() => rm(root, { recursive: true }));

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isSlidestreamError(error) ? error.code : String(error);
}

interface ClamEntry {
  readonly slide: string;
  readonly preset: string;
  readonly patch_size: number;
  readonly step_size: number;
  readonly patch_level: number;
  readonly process: Record<string, string>;
  readonly count: number;
  readonly attrs: Record<string, unknown>;
  readonly coords: number[][] | null;
}

describe.skipIf(!hasShared)('tileSlides on CLAM’s cases', async () => {
  const entries = hasShared ? (JSON.parse(await readFile(join(shared, 'clam_coords.json'), 'utf8')) as ClamEntry[]) : [];
  it.each(entries.map((entry) => [entry.slide, entry.preset, entry] as const))('%s, %s', async (slide, preset, entry) => {
    const out = join(root, `clam-${preset}-${slide}`);
    const scale: TileScale = { tileSizePx: entry.patch_size, stepPx: entry.step_size, at: { kind: 'level', level: entry.patch_level } };
    const options = { slides: [join(shared, slide)], out, scales: new Map([['high', scale]]), parameters: presets[preset]! };
    const summary = await tileSlides(options, context());
    const id = slide.replace('.svs', '');
    const file = join(out, 'patches', `${id}.h5`);
    expect(summary.tiles.high).toBe(entry.count);
    expect(summary.empty).toBe(entry.count === 0 ? 1 : 0);
    expect(existsSync(file)).toBe(entry.count > 0);
    if (entry.coords !== null) {
      const written = await readClamCoords(file);
      expect(Array.from(written.coords)).toEqual(entry.coords.flat());
      expect(written.patchLevel).toBe(entry.attrs.patch_level);
      expect(written.patchSize).toBe(entry.attrs.patch_size);
      expect(written.levelSize).toEqual(entry.attrs.level_dim);
      expect(written.downsampledLevelSize).toEqual(entry.attrs.downsampled_level_dim);
      expect(written.downsample).toEqual(entry.attrs.downsample);
      expect(written.name).toBe(entry.attrs.name);
    }
    const [head = '', row = ''] = (await readFile(join(out, 'process_list_autogen.csv'), 'utf8')).split('\n');
    const cells = row.split(',');
    const listed = Object.fromEntries(head.split(',').map((name, i) => [name, cells[i]]));
    expect(listed).toEqual({ ...entry.process, process: '0' });
  });
});

describe('tileSlides', () => {
  const parameters = { ...defaultParameters, a_t: 0.1, a_h: 0.02, sthresh: 15 };
  const seen: RecipeProgress[] = [];
  let slides = '';
  let first: TileSummary;
  beforeAll(async () => {
    slides = join(root, 'slides');
    await mkdir(slides);
    for (const [i, label] of (['normal', 'tumor', 'normal'] as const).entries()) {
      const slide = makeSyntheticSlide({ id: `S${i}`, label, seed: 5, widthPx: 1280, heightPx: 1024, downsamples: [4] });
      await writeSyntheticSlide(slide, join(slides, `S${i}.svs`));
    }
    const whole = await readFile(join(slides, 'S2.svs'));
    await writeFile(join(slides, 'S2.svs'), whole.subarray(0, 4000));
    await writeFile(join(slides, 'empty.svs'), '');
    first = await tileSlides(options('broken'), context({ onProgress: (progress) => seen.push(progress) }));
  }, 60_000);
  const options = (out: string, extra: Partial<TileSlidesOptions> = {}): TileSlidesOptions => ({
    slides: [slides],
    out: join(root, out),
    scales: new Map([['high', level0]]),
    parameters,
    ...extra,
  });

  it('lists broken slides with their reason and does the others', async () => {
    const summary = first;
    expect(summary).toMatchObject({ processed: 2, failed: 2, empty: 0, alreadyThere: 0 });
    const byId = new Map(summary.slides.map((slide) => [slide.id, slide]));
    expect(byId.get('S2')?.reason).toMatch(/^slide\//);
    expect(byId.get('empty')?.message).toContain('empty.svs');
    expect(summary.tiles.high).toBeGreaterThan(8);
    const list = await readFile(join(root, 'broken', 'process_list_autogen.csv'), 'utf8');
    expect(list).toMatch(/^S0\.svs,0,processed,1,15,7,4,False,none,none,0\.1,0\.02,8,1,250,True,four_pt$/m);
    expect(list).toMatch(/^S2\.svs,1,slide\//m);
    expect((await readdir(join(root, 'broken', 'patches'))).sort()).toEqual(['S0.h5', 'S1.h5']);
    expect((await readdir(join(root, 'broken', 'masks'))).sort()).toEqual(['S0.jpg', 'S1.jpg']);
    expect((await readdir(join(root, 'broken', 'stitches'))).sort()).toEqual(['S0.jpg', 'S1.jpg']);
    expect(seen.at(0)).toMatchObject({ unit: 'slides', done: 0, total: 4 });
    expect(seen.at(-1)).toMatchObject({ done: 4, total: 4 });
  });

  it('goes on where it was and touches nothing that is complete', async () => {
    const before = await readFile(join(root, 'broken', 'patches', 'S0.h5'));
    await rm(join(root, 'broken', 'patches', 'S1.h5'));
    const summary = await tileSlides(options('broken'), context());
    expect(summary).toMatchObject({ processed: 1, alreadyThere: 1, failed: 2 });
    expect(await readFile(join(root, 'broken', 'patches', 'S0.h5'))).toEqual(before);
    expect(existsSync(join(root, 'broken', 'patches', 'S1.h5'))).toBe(true);
  });

  it('shares a folder among workers, whose process list is that of a single one', async () => {
    const summaries = await Promise.all([1, 2, 3].map(() => tileSlides(options('shared', { concurrency: 1 }), context())));
    expect(summaries.map(({ processed }) => processed).reduce((sum, n) => sum + n)).toBe(2);
    for (const { processed, alreadyThere, failed } of summaries) expect([processed + alreadyThere, failed]).toEqual([2, 2]);
    const list = (out: string): Promise<string> => readFile(join(root, out, 'process_list_autogen.csv'), 'utf8');
    await tileSlides(options('single'), context());
    expect(await list('shared')).toBe(await list('single'));
  });

  it('does the slides of its part, and leaves those that failed until they are asked for again', async () => {
    const shard = (index: number) => ({ sharing: { shard: { index, count: 2 } } });
    const parts = [await tileSlides(options('parts', shard(0)), context()), await tileSlides(options('parts', shard(1)), context())];
    expect(parts.flatMap(({ slides: ofPart }) => ofPart.map(({ id }) => id)).sort()).toEqual(['S0', 'S1', 'S2', 'empty']);
    expect(parts.map(({ failed }) => failed).reduce((sum, n) => sum + n)).toBe(2);
    const leases = async (): Promise<string[]> =>
      (await readdir(join(root, 'parts', '.work', 'slides'))).filter((name) => name.endsWith('.lease')).sort();
    await tileSlides(options('parts'), context());
    expect(await leases()).toEqual(['S0.1.lease', 'S1.1.lease', 'S2.1.lease', 'empty.1.lease']);
    await tileSlides(options('parts', { sharing: { retryFailed: true } }), context());
    expect((await leases()).filter((name) => name.includes('.2.'))).toEqual(['S2.2.lease', 'empty.2.lease']);
  });

  it('refuses to go on with other settings, and says which', async () => {
    const other = tileSlides(options('broken', { parameters: { ...parameters, sthresh: 20 } }), context());
    await expect(other).rejects.toThrow('parameters.sthresh: 15 → 20');
    expect(await codeOf(other)).toBe('tile/other-settings');
  });

  it('gives the tissue and its holes as polygons that QuPath reads', async () => {
    const geo = JSON.parse(await readFile(join(root, 'broken', 'contours', 'S0.geojson'), 'utf8')) as {
      features: { geometry: { type: string; coordinates: number[][][] }; properties: { objectType: string } }[];
    };
    expect(geo.features.length).toBeGreaterThan(0);
    for (const { geometry, properties } of geo.features) {
      expect([geometry.type, properties.objectType]).toEqual(['Polygon', 'annotation']);
      for (const ring of geometry.coordinates) expect(ring[0]).toEqual(ring.at(-1));
    }
    expect(geo.features.some(({ geometry }) => geometry.coordinates.length > 1)).toBe(true);
  });

  it('tiles several scales in one run, coarse ones resampled to the same physical size', async () => {
    const scales = new Map<string, TileScale>([
      ['high', { tileSizePx: 128, at: { kind: 'mpp', mpp: 0.5 } }],
      ['low', { tileSizePx: 128, at: { kind: 'mpp', mpp: 2.4 } }],
    ]);
    const summary = await tileSlides(options('scales', { scales, slides: [join(slides, 'S0.svs')] }), context());
    const high = await readTileGrid(join(root, 'scales', 'patches', 'S0.h5'));
    const low = await readTileGrid(join(root, 'scales', 'patches-low', 'S0.h5'));
    expect(high).toMatchObject({ level: 0, readSizePx: 128, tileSizePx: 128, sizeLevel0Px: 128, mpp: 0.5 });
    expect(low).toMatchObject({ level: 1, readSizePx: 154, tileSizePx: 128, sizeLevel0Px: 614 });
    expect(low.mpp).toBeCloseTo(2.4, 6);
    expect(summary.tiles).toEqual({ high: high.coords.length / 2, low: low.coords.length / 2 });
    expect(high.coords.length).toBeGreaterThan(low.coords.length);
  });

  it('says when a slide has no tissue, and does not do it again', async () => {
    const strict = { parameters: { ...parameters, a_t: 1000 }, slides: [join(slides, 'S0.svs')] };
    const summary = await tileSlides(options('nothing', strict), context());
    expect(summary).toMatchObject({ processed: 1, empty: 1, tiles: { high: 0 } });
    expect(summary.slides[0]?.reason).toBe('tile/no-tissue');
    expect(await readdir(join(root, 'nothing', 'patches'))).toEqual([]);
    expect(await tileSlides(options('nothing', strict), context())).toMatchObject({ alreadyThere: 1, empty: 1 });
  });

  it('lists a slide without pixel size that is asked for by mpp, unless it is told', async () => {
    const { writeTiff } = await import('@slidestream/testing/tiff');
    const slide = makeSyntheticSlide({ id: 'bare', label: 'normal', seed: 5, widthPx: 512, heightPx: 512, downsamples: [4] });
    const bare = join(root, 'bare.tif');
    await writeFile(bare, await writeTiff({ levels: slide.levels }));
    const scales = new Map<string, TileScale>([['high', { tileSizePx: 64, at: { kind: 'mpp', mpp: 0.5 } }]]);
    const asked = { slides: [bare], scales };
    const summary = await tileSlides(options('bare', asked), context());
    expect(summary).toMatchObject({ failed: 1, processed: 0 });
    expect(summary.slides[0]?.reason).toBe('tiling/mpp-unknown');
    expect(await tileSlides(options('bare', { ...asked, mppIfUnknown: 0.5 }), context())).toMatchObject({ failed: 0, processed: 1 });
  });

  it('takes slides and parameters from a process list', async () => {
    const list = join(root, 'list.csv');
    await writeFile(
      list,
      'slide_id,process,status,a_t,contour_fn,keep_ids\nS0.svs,1,tbp,1000,,none\nS1,1,,,four_pt_hard,\nS2.svs,0,processed,,,\ngone.svs,1,,,,\n',
    );
    const summary = await tileSlides(options('list', { processList: list }), context());
    const rows = summary.slides.map(({ id, status, reason }) => [id, status, reason]);
    expect(rows).toEqual([
      ['S0', 'processed', 'tile/no-tissue'],
      ['S1', 'processed', undefined],
      ['S2', 'processed', 'tile/not-asked'],
      ['gone', 'tile/slide-not-found', 'tile/slide-not-found'],
    ]);
    expect(summary).toMatchObject({ processed: 2, empty: 1, failed: 1, notAsked: 1 });
    const whole = await readTileGrid(join(root, 'broken', 'patches', 'S1.h5'));
    const hard = await readTileGrid(join(root, 'list', 'patches', 'S1.h5'));
    expect(hard.coords.length).toBeLessThan(whole.coords.length);
    const written = join(root, 'list', 'process_list_autogen.csv');
    expect(await readFile(written, 'utf8')).toContain('\nS1.svs,0,processed,1,15,7,4,False,none,none,0.1,0.02,8,1,250,True,four_pt_hard\n');
  });

  it('names line and column of a wrong process list before any slide is opened', async () => {
    const list = join(root, 'wrong.csv');
    await writeFile(list, 'slide_id,sthersh\nS0.svs,8\n');
    const wrong = tileSlides(options('wrong', { processList: list }), context());
    expect(await codeOf(wrong)).toBe('tiling/bad-parameter');
    await expect(wrong).rejects.toThrow('wrong.csv:2');
    expect(existsSync(join(root, 'wrong'))).toBe(false);
  });

  it('keeps files inside its folder', async () => {
    const table = join(root, 'table.csv');
    await copyFile(join(slides, 'S0.svs'), join(root, 'S0.svs'));
    await writeFile(table, 'slide,path\n../../escape,S0.svs\n');
    expect(await codeOf(tileSlides(options('escape', { slides: [table] }), context()))).toBe('tile/bad-slide-id');
  });

  it('stops on request and leaves only whole files', async () => {
    const stop = new AbortController();
    const work = tileSlides(
      options('stopped', { concurrency: 1 }),
      context({ signal: stop.signal, onProgress: ({ done }) => done === 1 && stop.abort() }),
    );
    expect(await codeOf(work)).toBe('streams/stopped');
    const files = await readdir(join(root, 'stopped'), { recursive: true });
    expect(files.filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(await tileSlides(options('stopped'), context())).toMatchObject({ failed: 2 });
  });
});
