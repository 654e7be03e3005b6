import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { colourOf } from './colormap.js';
import { normaliseScores } from './normalise-scores.js';
import { extremeTiles, renderHeatmap } from './render-heatmap.js';

const white = { width: 40, height: 20, data: new Uint8Array(40 * 20 * 3).fill(255) };

async function pixelsOf(png: Uint8Array): Promise<{ width: number; height: number; at: (x: number, y: number) => number[] }> {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    at: (x, y) => Array.from(data.subarray((y * info.width + x) * info.channels).subarray(0, 3)),
  };
}

describe('renderHeatmap', () => {
  const tiles = { width: 400, height: 200, thumbnail: white, sizeLevel0Px: 100 };

  it('colours each tile’s place and leaves the rest as it is', async () => {
    const png = await renderHeatmap({ ...tiles, coords: [0, 0, 100, 100], scores: [0, 1], normalisation: 'range', alpha: 1 });
    const { width, height, at } = await pixelsOf(png);
    expect([width, height]).toEqual([40, 20]);
    expect(at(5, 5)).toEqual([...colourOf('coolwarm', 0)]);
    expect(at(15, 15)).toEqual([...colourOf('coolwarm', 1)]);
    expect(at(9, 9)).toEqual([...colourOf('coolwarm', 0)]);
    expect(at(10, 10)).toEqual([...colourOf('coolwarm', 1)]);
    expect(at(25, 5)).toEqual([255, 255, 255]);
  });

  it('takes the mean where tiles overlap, and mixes with the tissue', async () => {
    const png = await renderHeatmap({
      ...tiles,
      coords: [0, 0, 50, 0],
      scores: [0, 1],
      normalisation: 'none',
      alpha: 0.5,
      colormap: 'viridis',
    });
    const { at } = await pixelsOf(png);
    const mixed = (value: number): number[] => colourOf('viridis', value).map((c) => Math.round(0.5 * 255 + 0.5 * c));
    expect(at(2, 2)).toEqual(mixed(0));
    expect(at(7, 2)).toEqual(mixed(0.5));
    expect(at(12, 2)).toEqual(mixed(1));
  });

  it('is bounded whatever the slide’s size', async () => {
    const thumbnail = { width: 3000, height: 1500, data: new Uint8Array(3000 * 1500 * 3).fill(200) };
    const png = await renderHeatmap({
      width: 3e5,
      height: 1.5e5,
      thumbnail,
      coords: [0, 0],
      sizeLevel0Px: 512,
      scores: [1],
      maxSidePx: 300,
    });
    const { width, height } = await pixelsOf(png);
    expect([width, height]).toEqual([300, 150]);
  });

  it('refuses scores that do not fit', async () => {
    await expect(renderHeatmap({ ...tiles, coords: [0, 0], scores: [1, 2] })).rejects.toThrow(RangeError);
    await expect(renderHeatmap({ ...tiles, coords: [0, 0], scores: [Number.NaN] })).rejects.toThrow('finite');
  });
});

describe('normaliseScores', () => {
  it('gives percentile ranks, ties sharing theirs', () => {
    expect(Array.from(normaliseScores([5, 1, 1, 9], 'rank'))).toEqual([0.625, 0.25, 0.25, 0.875]);
  });

  it('gives the place between smallest and largest', () => {
    expect(Array.from(normaliseScores([5, 1, 9], 'range'))).toEqual([0.5, 0, 1]);
    expect(Array.from(normaliseScores([2, 2], 'range'))).toEqual([0.5, 0.5]);
  });
});

describe('extremeTiles', () => {
  it('gives the most and least looked at, most extreme first', () => {
    expect(extremeTiles([0.2, 0.9, 0.1, 0.5], 2)).toEqual({ top: [1, 3], bottom: [2, 0] });
    expect(extremeTiles([1], 3)).toEqual({ top: [0], bottom: [0] });
  });
});
