import { describe, expect, it } from 'vitest';
import { placeTile } from './place-tile.js';
import type { TileImages } from './tile-images.js';
import { identityTransform, type TileTransform } from './tile-transform.js';
import { warpTiles } from './warp-tiles.js';

const table = Float32Array.from({ length: 768 }, (_, i) => (i % 256) + 1000 * Math.floor(i / 256));

/** A tile whose pixel at (y, x) is 10·y + x in every channel. */
function tile(heightPx: number, widthPx: number): TileImages {
  const data = new Uint8Array(heightPx * widthPx * 3);
  for (let i = 0; i < data.length; i++) {
    const pixel = Math.floor(i / 3);
    data[i] = 10 * Math.floor(pixel / widthPx) + (pixel % widthPx);
  }
  return { data, count: 1, heightPx, widthPx };
}

/** First channel of the transformed tile, row by row. */
function rows(tiles: TileImages, transform: Partial<TileTransform>): number[][] {
  const out = new Float32Array(tiles.data.length);
  placeTile({ bytes: tiles.data, ...tiles }, { ...identityTransform, ...transform }, table, out, 0);
  const { heightPx, widthPx } = tiles;
  return Array.from({ length: heightPx }, (_, y) => Array.from({ length: widthPx }, (_, x) => out[(y * widthPx + x) * 3] as number));
}

describe('placeTile', () => {
  it('takes each channel through its own table', () => {
    const out = new Float32Array(6);
    placeTile({ bytes: tile(1, 2).data, heightPx: 1, widthPx: 2 }, identityTransform, table, out, 0);
    expect([...out]).toEqual([0, 1000, 2000, 1, 1001, 2001]);
  });

  it('flips, then turns counter-clockwise, then shifts', () => {
    const square = tile(2, 2);
    expect(rows(square, {})).toEqual([
      [0, 1],
      [10, 11],
    ]);
    expect(rows(square, { flipX: true })).toEqual([
      [1, 0],
      [11, 10],
    ]);
    expect(rows(square, { flipY: true })).toEqual([
      [10, 11],
      [0, 1],
    ]);
    expect(rows(square, { quarterTurns: 1 })).toEqual([
      [1, 11],
      [0, 10],
    ]);
    expect(rows(square, { quarterTurns: 2 })).toEqual([
      [11, 10],
      [1, 0],
    ]);
    expect(rows(square, { quarterTurns: 3 })).toEqual([
      [10, 0],
      [11, 1],
    ]);
    expect(rows(square, { flipX: true, quarterTurns: 1 })).toEqual([
      [0, 10],
      [1, 11],
    ]);
    expect(rows(square, { quarterTurns: 1, shiftX: 1 })).toEqual([
      [0, 1],
      [0, 0],
    ]);
  });

  it('shifts by whole pixels and lets black in', () => {
    expect(rows(tile(2, 3), { shiftX: 1 })).toEqual([
      [0, 0, 1],
      [0, 10, 11],
    ]);
    expect(rows(tile(2, 3), { shiftX: -1, shiftY: 1 })).toEqual([
      [0, 0, 0],
      [1, 2, 0],
    ]);
    expect(rows(tile(2, 3), { shiftX: 5 })).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('refuses quarter turns of tiles that are not square', () => {
    expect(() => rows(tile(2, 3), { quarterTurns: 1 })).toThrow('quarter turns need square tiles, these are 3 × 2');
  });
});

describe('warpTiles', () => {
  it('takes the asked tiles', () => {
    const data = Uint8Array.from({ length: 9 }, (_, i) => Math.floor(i / 3));
    const out = warpTiles({ data, count: 3, heightPx: 1, widthPx: 1 }, 1, 3, [identityTransform, identityTransform], 1, table);
    expect([...out]).toEqual([1, 1001, 2001, 2, 1002, 2002]);
  });

  it('refuses missing bytes', () => {
    expect(() => warpTiles({ ...tile(2, 2), count: 2 }, 0, 1, [identityTransform], 2, table)).toThrow(
      '2 tiles of 2 × 2 need 24 bytes, got 12',
    );
  });
});
