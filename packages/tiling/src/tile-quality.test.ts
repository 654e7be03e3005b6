import { describe, expect, it } from 'vitest';
import { tileQuality } from './tile-quality.js';

const flat = (colour: readonly number[]) => {
  const data = new Uint8Array(32 * 32 * 3);
  for (let i = 0; i < data.length; i++) data[i] = colour[i % 3] as number;
  return { width: 32, height: 32, data };
};

describe('tileQuality', () => {
  it.each([
    ['green marker', [30, 130, 60]],
    ['light green marker', [120, 200, 130]],
    ['turquoise marker', [60, 160, 150]],
    ['blue marker', [40, 60, 180]],
    ['red marker', [215, 30, 60]],
    ['black marker', [30, 28, 32]],
  ] as const)('takes %s for a pen', (_, colour) => {
    expect(tileQuality(flat(colour), 1).penShare).toBe(1);
  });

  it.each([
    ['eosin', [225, 140, 190]],
    ['strong eosin', [190, 40, 110]],
    ['a fold of it', [140, 15, 60]],
    ['haematoxylin', [90, 60, 140]],
    ['pale haematoxylin of IHC', [170, 180, 215]],
    ['DAB', [130, 80, 40]],
    ['dark DAB', [70, 35, 15]],
    ['blood', [180, 50, 25]],
    ['dense nuclei', [45, 20, 65]],
    ['glass', [243, 242, 244]],
  ] as const)('takes %s for none', (_, colour) => {
    expect(tileQuality(flat(colour), 1).penShare).toBe(0);
  });

  it('measures the range of grey without the outermost twentieth', () => {
    const tile = flat([200, 200, 200]);
    expect(tileQuality(tile, 1).greyRange).toBe(0);
    tile.data.fill(100, 0, 32 * 32 * 3 * 0.02);
    expect(tileQuality(tile, 1).greyRange).toBe(0);
    tile.data.fill(100, 0, 32 * 32 * 3 * 0.05);
    expect(tileQuality(tile, 1).greyRange).toBe(100);
  });

  it('judges sharpness at 1 µm/px, and not where there is nothing to judge', () => {
    expect(tileQuality(flat([200, 150, 180]), 1).sharpness).toBe(Number.POSITIVE_INFINITY);
    const checks = flat([0, 0, 0]);
    for (let i = 0; i < 32 * 32; i++) checks.data.fill(((i % 32) + Math.floor(i / 32)) % 2 === 0 ? 200 : 100, 3 * i, 3 * i + 3);
    // Every second pixel: at half the size it is an even grey.
    expect(tileQuality(checks, 1).sharpness).toBeGreaterThan(10);
    expect(tileQuality(checks, 0.5).sharpness).toBe(Number.POSITIVE_INFINITY);
  });
});
