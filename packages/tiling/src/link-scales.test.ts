import { randomStream } from '@slidestream/core';
import { describe, expect, it } from 'vitest';
import { childTiles, linkScales, parentTiles } from './link-scales.js';
import type { TileGrid } from './types.js';

const gridOf = (coords: number[], sizeLevel0Px: number): TileGrid => ({
  coords: Int32Array.from(coords),
  level: 0,
  downsample: 1,
  readSizePx: 16,
  tileSizePx: 16,
  sizeLevel0Px,
  mpp: null,
});

describe('parentTiles', () => {
  it('is the tile in which the centre lies, and −1 where there is none', () => {
    const coarse = gridOf([0, 0, 64, 0], 64);
    const fine = gridOf([0, 0, 48, 48, 56, 0, 120, 0, 0, 60], 16);
    expect(Array.from(parentTiles(fine, coarse))).toEqual([0, 0, 1, -1, -1]);
  });

  it('is the tile with the nearest centre where tiles overlap, as by looking at all of them', () => {
    const random = randomStream(2, 'links');
    const corners = (count: number, step: number) => Array.from({ length: 2 * count }, () => random.integer(40) * step);
    const coarse = gridOf(corners(60, 20), 64);
    const fine = gridOf(corners(300, 21), 16);
    const links = parentTiles(fine, coarse);
    for (let i = 0; i < 300; i++) {
      const [x, y] = [(fine.coords[2 * i] as number) + 8, (fine.coords[2 * i + 1] as number) + 8];
      const distances = Array.from({ length: 60 }, (_, k) => {
        const [dx, dy] = [x - (coarse.coords[2 * k] as number), y - (coarse.coords[2 * k + 1] as number)];
        return dx >= 0 && dy >= 0 && dx < 64 && dy < 64 ? Math.hypot(dx - 32, dy - 32) : Number.POSITIVE_INFINITY;
      });
      const best = Math.min(...distances);
      if (best === Number.POSITIVE_INFINITY) expect(links[i]).toBe(-1);
      else expect(distances[links[i] as number]).toBeCloseTo(best, 9);
    }
    expect(links.some((parent) => parent === -1)).toBe(true);
  });
});

describe('linkScales', () => {
  it('links each scale to the next coarser one, whatever their order', () => {
    const grids = new Map([
      ['low', gridOf([0, 0, 64, 0], 64)],
      ['high', gridOf([0, 0, 16, 0, 64, 0], 16)],
      ['lowest', gridOf([0, 0], 256)],
    ]);
    const linked = linkScales(grids);
    expect([...linked.keys()]).toEqual(['low', 'high', 'lowest']);
    expect(linked.get('high')?.parents).toEqual({ scale: 'low', tiles: Int32Array.of(0, 0, 1) });
    expect(linked.get('low')?.parents).toEqual({ scale: 'lowest', tiles: Int32Array.of(0, 0) });
    expect(linked.get('lowest')?.parents).toBeUndefined();
    expect(childTiles([0, -1, 1, 0], 3).map((tiles) => Array.from(tiles))).toEqual([[0, 3], [2], []]);
  });

  it('takes scales of one size for none above the other', () => {
    const linked = linkScales(
      new Map([
        ['a', gridOf([0, 0], 16)],
        ['b', gridOf([0, 0], 16)],
      ]),
    );
    expect([linked.get('a')?.parents, linked.get('b')?.parents]).toEqual([undefined, undefined]);
  });
});
