import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSlidestreamError, silentLogger } from '@slidestream/core';
import { formatQuPath, parseQuPath, type QuPathFeature, type QuPathGeometry } from '@slidestream/formats';
import { openTileStore } from '@slidestream/lmdb-io';
import { openSlide } from '@slidestream/slides';
import { makeSyntheticSlide, writeSyntheticSlide } from '@slidestream/testing/synthetic';
import { aperioDescription, type TiffPixels, writeTiff } from '@slidestream/testing/tiff';
import { childTiles, defaultParameters, type TileGrid, type TileScale } from '@slidestream/tiling';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packTiles } from './pack-tiles.js';
import type { RecipeContext } from './recipe-context.js';
import { slideTiles } from './slide-tiles.js';
import { readTileGrid } from './tile-coords.js';
import { readTileSettings } from './tile-folder.js';
import { type TileSlidesOptions, tileSlides } from './tile-slides.js';

const context: RecipeContext = { logger: silentLogger, onProgress: () => undefined, signal: new AbortController().signal };
const parameters = { ...defaultParameters, a_t: 0.05, a_h: 0.02, sthresh: 15 };
const byMpp = (mpp: number, tileSizePx = 64): TileScale => ({ tileSizePx, at: { kind: 'mpp', mpp } });

let root = '';
let slides = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slidestream-choice-'));
  slides = join(root, 'slides');
  await mkdir(slides);
  const { levels } = makeSyntheticSlide({ id: 'S', label: 'tumor', seed: 11, widthPx: 1536, heightPx: 1024, downsamples: [2, 4, 16] });
  const [whole, half, quarter, small] = levels as [TiffPixels, TiffPixels, TiffPixels, TiffPixels];
  const write = async (name: string, images: readonly TiffPixels[], mpp: number) => {
    const [{ width, height }] = images as [TiffPixels];
    const description = aperioDescription({ width, height, mpp });
    await writeFile(join(slides, name), await writeTiff({ levels: images, description, jpegQuality: 90 }));
  };
  await write('fine.svs', [whole, quarter, small], 0.25);
  await write('half.svs', [half, quarter, small], 0.5);
}, 60_000);
afterAll(() => rm(root, { recursive: true }));

const tile = (out: string, extra: Partial<TileSlidesOptions>) =>
  tileSlides(
    {
      slides: [join(slides, 'fine.svs')],
      out: join(root, out),
      scales: new Map([['high', byMpp(0.5)]]),
      parameters,
      pictures: false,
      ...extra,
    },
    context,
  );
const gridOf = (out: string, slide = 'fine', patches = 'patches') => readTileGrid(join(root, out, patches, `${slide}.h5`));

async function pixelsOf(file: string, grid: TileGrid): Promise<Uint8Array> {
  await using slide = await openSlide(join(slides, file));
  const parts: Uint8Array[] = [];
  for await (const { data } of slideTiles(slide, grid, 64)) parts.push(data);
  return Buffer.concat(parts);
}

describe('tiles by mpp', () => {
  it.each([
    [0.5, 64],
    [0.7, 64],
    [1, 48],
    [1.9, 24],
  ])('show the same tissue on a slide of 0.25 µm/px and on a copy of 0.5, at %d µm/px', async (mpp, tileSizePx) => {
    const scales = new Map([['high', byMpp(mpp, tileSizePx)]]);
    // a_t counts squares of level-0 pixels: the same tissue is a quarter as many on the copy.
    const coarser = { slides: [join(slides, 'half.svs')], parameters: { ...parameters, a_t: 0.0125, a_h: 0.005 } };
    await tile(`fine-${mpp}`, { scales });
    await tile(`half-${mpp}`, { scales, ...coarser });
    const [a, b] = [await gridOf(`fine-${mpp}`), await gridOf(`half-${mpp}`, 'half')];
    expect(b.mpp).toBeCloseTo(a.mpp ?? Number.NaN, 2);
    const [left, right] = [await pixelsOf('fine.svs', a), await pixelsOf('half.svs', b)];
    const size = tileSizePx ** 2 * 3;
    let [pairs, total] = [0, 0];
    for (let i = 0; i < a.coords.length; i += 2) {
      const j = b.coords.findIndex(
        (x, k) =>
          k % 2 === 0 && Math.hypot(2 * x - (a.coords[i] as number), 2 * (b.coords[k + 1] as number) - (a.coords[i + 1] as number)) < 3,
      );
      // At the rim a place is rounded to another side of the outline.
      if (j < 0) continue;
      pairs++;
      let sum = 0;
      for (let k = 0; k < size; k++) sum += Math.abs((left[(i / 2) * size + k] as number) - (right[(j / 2) * size + k] as number));
      expect(sum / size).toBeLessThan(10);
      total += sum / size;
    }
    expect(total / pairs).toBeLessThan(6);
    expect(pairs).toBeGreaterThan(8);
    expect(pairs).toBeGreaterThanOrEqual(0.9 * (Math.max(a.coords.length, b.coords.length) / 2));
  });

  it('take a pixel size that a table gives above what the slide says', async () => {
    const table = join(root, 'sizes.csv');
    await writeFile(table, 'wsi,mpp\nfine.svs,0.5\nother.svs,1\n');
    await tile('table', { pixelSizes: table });
    expect(await gridOf('table')).toMatchObject({ readSizePx: 64, sizeLevel0Px: 64, mpp: 0.5, slideMpp: 0.5 });
    const store = join(root, 'table.lmdb');
    await packTiles({ coords: join(root, 'table'), slides: [join(slides, 'fine.svs')], store, workers: 1 }, context);
    using reader = openTileStore(store);
    expect(reader.slideInfo('fine')).toMatchObject({ mpp: { x: 0.5, y: 0.5, source: 'given' }, scale: { mpp: 0.5 } });
    await writeFile(table, 'wsi,mpp\nothers.svs,0.5\n');
    await expect(tile('nobody', { pixelSizes: table })).rejects.toThrow('names one of the 1 slides');
  });

  it('leave out a slide without a native level when only such are asked for, and keep to it on the next run', async () => {
    const limits = { nativeOnly: true, tolerance: 0.01 };
    const summary = await tile('native', { slides: [slides], limits });
    expect(summary.slides.map(({ id, reason }) => [id, reason])).toEqual([
      ['fine', 'tiling/no-native-level'],
      ['half', undefined],
    ]);
    expect((await readTileSettings(join(root, 'native')))?.limits).toEqual(limits);
    await expect(tile('native', { slides: [slides] })).rejects.toThrow('limits');
  });
});

describe('scales in one run', () => {
  it('are linked: every tile knows its parent, and the parent lies around its centre', async () => {
    const scales = new Map([
      ['high', byMpp(0.5, 32)],
      ['low', byMpp(2, 32)],
    ]);
    await tile('linked', { scales });
    const [high, low] = [await gridOf('linked'), await gridOf('linked', 'fine', 'patches-low')];
    expect(high.parents?.scale).toBe('low');
    expect(low.parents).toBeUndefined();
    const parents = high.parents?.tiles ?? new Int32Array();
    expect(parents.length).toBe(high.coords.length / 2);
    for (const [i, parent] of parents.entries()) {
      if (parent < 0) continue;
      for (const axis of [0, 1]) {
        const inside = (high.coords[2 * i + axis] as number) + high.sizeLevel0Px / 2 - (low.coords[2 * parent + axis] as number);
        expect(inside).toBeGreaterThanOrEqual(0);
        expect(inside).toBeLessThan(low.sizeLevel0Px);
      }
    }
    const children = childTiles(parents, low.coords.length / 2);
    expect(Math.max(...children.map((tiles) => tiles.length))).toBe(16);
    expect(parents.filter((parent) => parent >= 0).length).toBeGreaterThan(0.8 * parents.length);
  });
});

describe('tiles are chosen', () => {
  it('by how much of them is tissue, which is kept beside their place', async () => {
    const all = await tile('all', {});
    const some = await tile('some', { choice: { minTissue: 0.6 } });
    const fractions = (await gridOf('all')).tissueFractions ?? new Float32Array();
    const enough = fractions.filter((share) => share >= 0.6).length;
    expect(some.tiles.high).toBe(enough);
    expect(enough).toBeLessThan(all.tiles.high as number);
    expect(some.slides[0]?.rejected).toEqual({ high: { 'little-tissue': (all.tiles.high as number) - enough } });
    expect(all.rejected).toEqual({});
    expect(existsSync(join(root, 'all', 'rejected'))).toBe(false);
    const list = JSON.parse(await readFile(join(root, 'some', 'rejected', 'fine.json'), 'utf8')) as {
      scales: { high: { kept: number; counts: Record<string, number>; tiles: [number, number, string][]; sizeLevel0Px: number } };
    };
    const { high } = list.scales;
    expect(high).toMatchObject({ kept: enough, sizeLevel0Px: 128, counts: some.rejected.high });
    const everywhere = await gridOf('all');
    const places = Array.from(
      { length: everywhere.coords.length / 2 },
      (_, i) => `${everywhere.coords[2 * i]} ${everywhere.coords[2 * i + 1]}`,
    );
    expect(high.tiles.every(([x, y, reason]) => reason === 'little-tissue' && places.includes(`${x} ${y}`))).toBe(true);
  });

  it('and a run that goes on must choose alike', async () => {
    await expect(tile('some', { choice: { minTissue: 0.7 } })).rejects.toThrow('choice.minTissue: 0.6 → 0.7');
    await expect(tile('some', {})).rejects.toThrow('choice');
    expect(await tile('some', { choice: { minTissue: 0.6 } })).toMatchObject({ alreadyThere: 1 });
  });

  it('by annotations of QuPath: polygons with holes, several at once, by class', async () => {
    const folder = join(root, 'annotations');
    await mkdir(folder);
    const box = (x0: number, y0: number, x1: number, y1: number) =>
      [
        [x0, y0],
        [x1, y0],
        [x1, y1],
        [x0, y1],
        [x0, y0],
      ] as const;
    const feature = (classification: string, geometry: QuPathGeometry, objectType = 'annotation'): QuPathFeature => ({
      geometry,
      objectType,
      classification,
      measurements: {},
    });
    const features = [
      feature('Tumor', { type: 'Polygon', coordinates: [box(0, 0, 768.4, 1024), box(300, 300, 500, 500)] }),
      feature('Tumor: Positive', { type: 'MultiPolygon', coordinates: [[box(1000, 0, 1100, 1024)], [box(1200, 0, 1300, 1024)]] }),
      feature('Necrosis', { type: 'Polygon', coordinates: [box(0, 600, 1536, 800)] }),
      feature('Tumor', { type: 'Polygon', coordinates: [box(0, 0, 1536, 1024)] }, 'detection'),
      feature('Tumor', { type: 'Point', coordinates: [5, 5] }),
    ];
    await writeFile(join(folder, 'fine.geojson'), formatQuPath(features));
    const annotations = { path: folder, include: ['tumor'], exclude: ['Necrosis'] };
    const all = await tile('unannotated', {});
    const summary = await tile('annotated', { choice: { annotations } });
    const kept = await gridOf('annotated');
    const expected = (x: number, y: number): string => {
      const [cx, cy] = [x + 64, y + 64];
      const between = (value: number, low: number, high: number) => value >= low && value <= high;
      const hole = cx > 300 && cx < 500 && cy > 300 && cy < 500;
      if (!((cx <= 768 && !hole) || between(cx, 1000, 1100) || between(cx, 1200, 1300))) return 'not-included';
      return between(cy, 600, 800) ? 'excluded' : 'kept';
    };
    const grid = await gridOf('unannotated');
    const counts: Record<string, number> = {};
    for (let i = 0; i < grid.coords.length; i += 2) {
      const reason = expected(grid.coords[i] as number, grid.coords[i + 1] as number);
      counts[reason] = (counts[reason] ?? 0) + 1;
    }
    expect(Object.keys(counts).sort()).toEqual(['excluded', 'kept', 'not-included']);
    expect({ ...summary.rejected.high, kept: kept.coords.length / 2 }).toEqual(counts);
    expect(all.tiles.high).toBe(grid.coords.length / 2);
    expect((await readTileSettings(join(root, 'annotated')))?.choice).toEqual({
      annotations: { include: ['tumor'], exclude: ['Necrosis'] },
    });
    // What we write comes back as it is.
    const own = parseQuPath(await readFile(join(root, 'annotated', 'contours', 'fine.geojson'), 'utf8'));
    expect(own[0]).toMatchObject({ classification: 'Tissue', objectType: 'annotation', geometry: { type: 'Polygon' } });
  });

  it('and a slide without annotations is left out where regions are to be included, not where they are to be left out', async () => {
    const path = join(root, 'no-annotations');
    await mkdir(path);
    const without = await tile('without', { choice: { annotations: { path, include: ['Tumor'] } } });
    expect(without.slides[0]?.reason).toBe('tile/no-annotations');
    expect(await tile('whole', { choice: { annotations: { path, exclude: ['Necrosis'] } } })).toMatchObject({ failed: 0, processed: 1 });
    await writeFile(
      join(path, 'fine.geojson'),
      formatQuPath([
        {
          geometry: {
            type: 'Polygon',
            coordinates: [
              [
                [0, 0],
                [1, 1],
              ],
            ],
          },
          objectType: 'annotation',
          measurements: {},
        },
      ]),
    );
    const broken = await tile('broken', { choice: { annotations: { path, exclude: ['Necrosis'] } } });
    expect(broken.slides[0]?.reason).toBe('tile/bad-annotation');
  });

  it('and when all are left out, that is the reason', async () => {
    const summary = await tile('nothing', { choice: { annotations: { path: join(root, 'annotations'), include: ['Muscle'] } } });
    expect(summary).toMatchObject({ processed: 1, empty: 1 });
    expect(summary.slides[0]?.reason).toBe('tile/all-rejected');
  });
});

describe('a slide that is too small for a preset', () => {
  it('says what to try', async () => {
    const summary = await tile('hint', { parameters: { ...parameters, a_t: 100 } });
    expect(summary.slides[0]?.hint).toMatch(/^the largest piece measures [\d.]+ of the 100 squares .* --preset bwh_biopsy/);
    const pale = await tile('pale', { parameters: { ...parameters, sthresh: 255 } });
    expect(pale.slides[0]?.hint).toContain('--method brightness');
  });
});

describe('a contact sheet', () => {
  it('is drawn for every slide, with tissue or without', async () => {
    await writeSyntheticSlide(
      makeSyntheticSlide({ id: 'T', label: 'normal', seed: 1, widthPx: 512, heightPx: 512, downsamples: [4] }),
      join(root, 'T.svs'),
    );
    const scales = new Map([['high', byMpp(1)]]);
    const tiled = { slides: [join(root, 'T.svs')], scales, pictures: true };
    await tile('sheet', { ...tiled, choice: { reject: ['blank', 'pen', 'blur'] } });
    await tile('sheet-empty', { ...tiled, parameters: { ...parameters, a_t: 100 } });
    for (const out of ['sheet', 'sheet-empty']) {
      const png = await readFile(join(root, out, 'contact', 'T.png'));
      expect(png.subarray(1, 4).toString()).toBe('PNG');
      expect(png.readUInt32BE(16)).toBeGreaterThan(700);
    }
  });

  it('is not drawn where no pictures are asked for', () => {
    expect(existsSync(join(root, 'hint', 'contact', 'fine.png'))).toBe(false);
  });
});

describe('readTileGrid', () => {
  it('names a file that is none', async () => {
    const error: unknown = await readTileGrid(join(slides, 'fine.svs')).catch((reason: unknown) => reason);
    expect(isSlidestreamError(error) && error.code).toBe('format/hdf5-not');
  });
});
