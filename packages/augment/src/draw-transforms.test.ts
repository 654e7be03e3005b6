import { describe, expect, it } from 'vitest';
import { type Augmentation, preset, presetNames } from './augmentation.js';
import { drawTransforms } from './draw-transforms.js';

const size = { heightPx: 256, widthPx: 256 };
const path = [2021, 'epoch', 3];
const keys = (count: number): string[] => Array.from({ length: count }, (_, i) => `slide/high/${i}`);
const everything: Augmentation = {
  flipX: 0.5,
  flipY: 0.5,
  quarterTurns: true,
  shift: 0.25,
  crop: { area: [0.25, 1] },
  colour: { kind: 'stain', sigma: 0.05 },
};

describe('drawTransforms', () => {
  it('gives a tile the same whatever stands beside it', () => {
    const all = drawTransforms(everything, size, keys(8), path);
    const [alone] = drawTransforms(everything, size, ['slide/high/5'], path);
    expect(alone).toEqual(all[5]);
  });

  it('gives other tiles, epochs, seeds and repeats something else', () => {
    const draw = (key: string[], at: (string | number)[]) =>
      drawTransforms(everything, size, key, at).map((transform) => JSON.stringify(transform));
    const drawn = [...draw(['a', 'b', 'a'], path), ...draw(['a'], [2021, 'epoch', 4]), ...draw(['a'], [2022, 'epoch', 3])];
    expect(new Set(drawn).size).toBe(5);
  });

  it('stays within what was asked for', () => {
    for (const { shiftX, shiftY, crop } of drawTransforms(everything, size, keys(500), path)) {
      expect(Math.abs(shiftX)).toBeLessThanOrEqual(64);
      expect(Math.abs(shiftY)).toBeLessThanOrEqual(64);
      if (crop === null) continue;
      expect(crop.top >= 0 && crop.left >= 0 && crop.top + crop.height <= 256 && crop.left + crop.width <= 256).toBe(true);
      expect((crop.height * crop.width) / 256 ** 2).toBeGreaterThan(0.24);
      expect(crop.width / crop.height).toBeGreaterThan(0.74);
      expect(crop.width / crop.height).toBeLessThan(1.35);
    }
  });

  it('uses flips, turns and crops evenly', () => {
    const drawn = drawTransforms(everything, size, keys(2000), path);
    const share = (of: (transform: (typeof drawn)[number]) => boolean): number => drawn.filter(of).length / drawn.length;
    expect(share(({ flipX }) => flipX)).toBeCloseTo(0.5, 1);
    for (const turns of [0, 1, 2, 3]) expect(share(({ quarterTurns }) => quarterTurns === turns)).toBeCloseTo(0.25, 1);
    const areas = drawn.flatMap(({ crop }) => (crop === null ? [] : [(crop.height * crop.width) / 256 ** 2]));
    // Attempts that do not fit are drawn again, which makes large crops a little rarer.
    expect(areas.reduce((sum, area) => sum + area, 0) / areas.length).toBeGreaterThan(0.5);
  });

  it('cuts a square of fixed size', () => {
    for (const { crop } of drawTransforms({ crop: { sizePx: 224 } }, size, keys(50), path)) {
      expect(crop).toMatchObject({ height: 224, width: 224 });
    }
  });
});

describe('compat reference', () => {
  const reference: Augmentation = { ...preset('strong_v2', { tileSizePx: 256, inputSizePx: 224, compat: 'reference' }) };

  it('flips exactly half of the tiles', () => {
    for (let epoch = 0; epoch < 20; epoch++) {
      const flips = (count: number): number => drawTransforms(reference, size, keys(count), [1, epoch]).filter(({ flipX }) => flipX).length;
      expect(flips(10)).toBe(5);
      expect([3, 4]).toContain(flips(7));
    }
  });

  it('shares crops and shifts by contiguous chunks', () => {
    const drawn = drawTransforms(reference, size, keys(10), path).map(({ crop, shiftX, shiftY }) => JSON.stringify([crop, shiftX, shiftY]));
    const groups = [...new Set(drawn)].map((value) => drawn.flatMap((other, i) => (other === value ? [i] : [])));
    expect(groups).toEqual([[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]);
  });
});

describe('preset', () => {
  it('crops only where sizes differ', () => {
    const at = { tileSizePx: 224, inputSizePx: 224 };
    expect(presetNames.map((name) => [name, Object.entries(preset(name, at)).filter(([, value]) => value !== undefined)])).toEqual([
      ['none', []],
      ['weak', []],
      [
        'strong',
        [
          ['flipX', 0.5],
          ['flipY', 0.5],
        ],
      ],
      [
        'strong_v2',
        [
          ['flipX', 0.5],
          ['flipY', 0.5],
          ['shift', 0.5],
        ],
      ],
      ['weak_strong', [['shift', 100 / 256]]],
    ]);
    expect(preset('weak', { tileSizePx: 256, inputSizePx: 224, cropScale: 0.25 }).crop).toEqual({ area: [0.25, 1] });
  });
});
