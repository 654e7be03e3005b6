import { randomStream } from '@slidestream/core';
import { describe, expect, it } from 'vitest';
import { testSlide } from '../fixtures/test-slide.js';
import { defaultParameters } from './parameters.js';
import { countReasons, selectTiles, type TileSelection } from './select-tiles.js';
import { regionsOfClasses, type TileRegion } from './tile-regions.js';
import { tissueFraction, tissueMask } from './tissue-mask.js';
import type { SlideTissue, TileGrid } from './types.js';

const SIDE = 64;
const [width, height] = [SIDE * 6, SIDE];
const rectangle = (left: number, top: number, right: number, bottom: number) =>
  Int32Array.of(left, top, right, top, right, bottom, left, bottom);

/** Six tiles side by side: crisp tissue, blurred tissue, glass, green pen over tissue, crisp tissue half covered by a pen, black. */
function strip() {
  const random = randomStream(5, 'tiles');
  const grey = Float32Array.from({ length: width * height }, () => 0);
  for (let i = 0; i < 2600; i++) {
    const [cx, cy, r] = [random.integer(width), random.integer(height), 1 + random.integer(3)];
    for (let y = Math.max(0, cy - r); y < Math.min(height, cy + r); y++) {
      for (let x = Math.max(0, cx - r); x < Math.min(width, cx + r); x++) grey[y * width + x] = 110;
    }
  }
  const smooth = (x: number, y: number): number => {
    let [sum, weight] = [0, 0];
    for (let dy = -9; dy <= 9; dy++) {
      for (let dx = -9; dx <= 9; dx++) {
        const w = Math.exp(-(dx * dx + dy * dy) / 32);
        sum += w * (grey[Math.min(height - 1, Math.max(0, y + dy)) * width + Math.min(2 * SIDE - 1, Math.max(SIDE, x + dx))] as number);
        weight += w;
      }
    }
    return sum / weight;
  };
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const tile = Math.floor(x / SIDE);
      const dark = tile === 1 ? smooth(x, y) : (grey[y * width + x] as number);
      const tissue = [225 - dark, 160 - dark, 200 - dark * 0.6];
      const noise = random.integer(5) - 2;
      const penned = tile === 3 || (tile === 4 && y < SIDE / 2);
      const colour =
        tile === 2 ? [240 + noise, 240 + noise, 241 + noise] : tile === 5 ? [4, 4, 4] : penned ? [30, 150 - dark / 4, 60] : tissue;
      for (let c = 0; c < 3; c++) data[(y * width + x) * 3 + c] = Math.max(0, colour[c] as number);
    }
  }
  return testSlide(
    { width, height, data },
    { info: { width, height, levels: [{ width, height, downsample: 1 }], mpp: { x: 1, y: 1 } }, level: 0 },
  );
}

const slide = strip();
const tissue: SlideTissue = {
  contours: [{ outer: rectangle(0, 0, width - 1, height - 1), holes: [rectangle(15, -1, 48, height)] }],
  segmentationLevel: 0,
  parameters: defaultParameters,
};
const grid: TileGrid = {
  coords: Int32Array.from({ length: 12 }, (_, i) => (i % 2 === 0 ? (i / 2) * SIDE : 0)),
  level: 0,
  downsample: 1,
  readSizePx: SIDE,
  tileSizePx: SIDE,
  sizeLevel0Px: SIDE,
  mpp: 1,
};
const select = async (selection: TileSelection) => selectTiles(slide, grid, { ...selection, mask: await tissueMask(slide, tissue) });
const reasonsByTile = ({ rejected }: Awaited<ReturnType<typeof select>>) =>
  Object.fromEntries(rejected.reasons.map((reason, i) => [(rejected.coords[2 * i] as number) / SIDE, reason]));

describe('selectTiles', () => {
  it('keeps every tile when nothing is asked, with its tissue fraction, and reads none', async () => {
    slide.reads.length = 0;
    const all = await select({});
    expect(all.grid.coords).toEqual(grid.coords);
    expect(all.rejected.reasons).toEqual([]);
    expect(all.grid.tissueFractions?.[0]).toBeCloseTo(0.5, 6);
    expect(Array.from(all.grid.tissueFractions ?? []).slice(1)).toEqual([1, 1, 1, 1, 1]);
    expect(slide.reads).toEqual([]);
  });

  it('leaves out tiles with little tissue', async () => {
    expect(reasonsByTile(await select({ minTissue: 0.51 }))).toEqual({ 0: 'little-tissue' });
    expect(reasonsByTile(await select({ minTissue: 0.5 }))).toEqual({});
  });

  it('finds blank, penned and blurred tiles, one reason each', async () => {
    const found = await select({ reject: ['blank', 'pen', 'blur'] });
    expect(reasonsByTile(found)).toEqual({ 1: 'blur', 2: 'blank', 3: 'pen', 4: 'pen', 5: 'blank' });
    expect(Array.from(found.grid.coords)).toEqual([0, 0]);
    expect(countReasons(found.rejected)).toEqual({ blank: 2, pen: 2, blur: 1 });
    expect(Object.keys(countReasons(found.rejected))).toEqual(['blank', 'pen', 'blur']);
  });

  it('leaves out tiles that the file does not hold, without reading any', async () => {
    slide.reads.length = 0;
    const holed = {
      ...slide,
      countMissing: ({ x, width: side }: { x: number; width: number }) => (x + side > 4 * SIDE && x < 5 * SIDE ? 2 : 0),
    };
    const found = await selectTiles(holed, grid, { reject: ['missing'], mask: await tissueMask(slide, tissue) });
    expect(reasonsByTile(found)).toEqual({ 4: 'missing' });
    expect(slide.reads).toEqual([]);
    expect(reasonsByTile(await select({ reject: ['missing'] }))).toEqual({});
  });

  it('looks for what is asked only', async () => {
    expect(reasonsByTile(await select({ reject: ['blur'] }))).toEqual({ 1: 'blur' });
    expect(reasonsByTile(await select({ reject: ['blank'] }))).toEqual({ 2: 'blank', 5: 'blank' });
  });

  it('keeps to annotations by the centre of a tile, holes left out', async () => {
    const region = (className: string, left: number, right: number, holes: Int32Array[] = []): TileRegion => ({
      className,
      outer: rectangle(left, 0, right, height),
      holes,
    });
    const include = [region('Tumor', 0, 4 * SIDE, [rectangle(SIDE, 0, 2 * SIDE, height)])];
    const exclude = [region('Necrosis', 3 * SIDE, 4 * SIDE)];
    expect(reasonsByTile(await select({ include, exclude }))).toEqual({
      1: 'not-included',
      3: 'excluded',
      4: 'not-included',
      5: 'not-included',
    });
    expect(reasonsByTile(await select({ include: [] }))).toMatchObject({ 0: 'not-included', 5: 'not-included' });
    const classes = [region('Tumor: Positive', 0, 1), region('tumor', 0, 1), region('Stroma', 0, 1)];
    expect(regionsOfClasses(classes, ['TUMOR']).map(({ className }) => className)).toEqual(['Tumor: Positive', 'tumor']);
    expect(regionsOfClasses(classes, ['Tumor: Positive']).map(({ className }) => className)).toEqual(['Tumor: Positive']);
  });
});

describe('tissueMask', () => {
  it('has the outlines’ own pixels and not those inside a hole', async () => {
    const mask = await tissueMask(slide, tissue);
    const row = Array.from(mask.data.subarray(10 * width, 10 * width + 60));
    expect(row.map((value) => value / 255)).toEqual(Array.from({ length: 60 }, (_, x) => (x <= 15 || x >= 48 ? 1 : 0)));
  });

  it('weighs pixels that a square cuts, and takes what is outside for none', () => {
    const mask = { width: 4, height: 4, data: new Uint8Array(16).fill(255), scale: { x: 10, y: 10 } };
    expect(tissueFraction(mask, 5, 5, 10)).toBeCloseTo(1, 12);
    expect(tissueFraction(mask, 35, 0, 10)).toBeCloseTo(0.5, 12);
    mask.data[5] = 0;
    expect(tissueFraction(mask, 5, 5, 10)).toBeCloseTo(0.75, 12);
    expect(tissueFraction(mask, 50, 50, 10)).toBe(0);
  });
});
