import { randomStream } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { augmentTiles, toNormalisedTensor } from './augment-tiles.js';
import { drawTransforms } from './draw-transforms.js';
import { resizeTaps } from './resize-image.js';
import type { TileImages } from './tile-images.js';
import { tileInput } from './tile-input.js';
import { identityTransform } from './tile-transform.js';

beforeAll(async () => {
  await startEngine();
});

const normalisation = { mean: [10, 20, 30], std: [2, 4, 5] } as const;
const raw = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

function noise(count: number, side: number): TileImages {
  const random = randomStream('noise', side);
  return { data: Uint8Array.from({ length: count * side * side * 3 }, () => random.integer(256)), count, heightPx: side, widthPx: side };
}

function values(tensor: tf.Tensor): Float32Array {
  const data = Float32Array.from(tensor.dataSync());
  tensor.dispose();
  return data;
}

describe('toNormalisedTensor', () => {
  it('normalises each channel', () => {
    const tiles: TileImages = { data: Uint8Array.of(12, 24, 35), count: 1, heightPx: 1, widthPx: 1 };
    expect([...values(toNormalisedTensor(tiles, { sizePx: 1, normalisation }))]).toEqual([1, 1, 1]);
  });

  it('shrinks by the mean of what each pixel covers', () => {
    const tiles = noise(2, 8);
    const small = values(toNormalisedTensor(tiles, { sizePx: 4, normalisation: raw }));
    const { first, weights, width } = resizeTaps(0, 8, 4);
    expect([...weights.subarray(0, width)].reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
    const weight = (of: number, at: number): number =>
      at < (first[of] as number) ? 0 : (weights.subarray(of * width, (of + 1) * width)[at - (first[of] as number)] ?? 0);
    let expected = 0;
    for (let y = 0; y < 8; y++) {
      for (let x = 0; x < 8; x++) expected += weight(1, y) * weight(2, x) * (tiles.data[(y * 8 + x) * 3 + 2] as number);
    }
    expect(small[(1 * 4 + 2) * 3 + 2]).toBeCloseTo(expected, 3);
  });

  it('gives a part of the tiles as it gives them all', () => {
    const tiles = noise(5, 8);
    const all = values(toNormalisedTensor(tiles, { sizePx: 6, normalisation }));
    const part = values(toNormalisedTensor(tiles, { sizePx: 6, normalisation, from: 2, to: 4 }));
    expect([...part]).toEqual([...all.subarray(2 * 108, 4 * 108)]);
  });
});

describe('augmentTiles', () => {
  it('makes an identity of everything that is switched off', () => {
    const tiles = noise(3, 8);
    const transforms = drawTransforms({}, tiles, ['a', 'b', 'c'], [1]);
    expect([...values(augmentTiles(tiles, transforms, { sizePx: 8, normalisation: raw }))]).toEqual([...tiles.data]);
  });

  it('crops without looking beyond the crop', () => {
    const tiles = noise(1, 8);
    const crop = { top: 2, left: 3, height: 4, width: 4 };
    const out = values(augmentTiles(tiles, [{ ...identityTransform, crop }], { sizePx: 4, normalisation: raw }));
    const expected = Array.from(
      { length: 48 },
      (_, i) => tiles.data[((2 + Math.floor(i / 12)) * 8 + 3 + (Math.floor(i / 3) % 4)) * 3 + (i % 3)],
    );
    expect([...out]).toEqual(expected);
  });

  it('leaves colours where the change is none, and keeps them in range', () => {
    const tiles = noise(4, 8);
    const still = { space: 'density', matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1], offset: [0, 0, 0], contrast: 1 } as const;
    const out = values(augmentTiles(tiles, new Array(4).fill({ ...identityTransform, colour: still }), { sizePx: 8, normalisation: raw }));
    out.forEach((value, i) => {
      expect(Math.abs(value - (tiles.data[i] as number))).toBeLessThan(1e-2);
    });
    for (const colour of [
      { kind: 'stain', sigma: 0.2 },
      { kind: 'colour', brightness: 0.5, contrast: 0.5, saturation: 0.5, hue: 0.1 },
    ] as const) {
      const transforms = drawTransforms({ colour }, tiles, ['a', 'b', 'c', 'd'], [1]);
      const changed = values(augmentTiles(tiles, transforms, { sizePx: 8, normalisation: raw }));
      expect(changed.every((value) => value >= 0 && value <= 255)).toBe(true);
      const mean = (data: ArrayLike<number>): number => Array.from(data).reduce((sum, value) => sum + value, 0) / data.length;
      expect(Math.abs(mean(changed) - mean(tiles.data))).toBeLessThan(60);
      expect([...changed]).not.toEqual([...tiles.data]);
    }
  });

  it('turns grey to grey, whatever the hue', () => {
    const tiles: TileImages = { data: new Uint8Array(12).fill(100), count: 1, heightPx: 2, widthPx: 2 };
    const transforms = drawTransforms({ colour: { kind: 'colour', hue: 0.5, saturation: 0.9 } }, tiles, ['a'], [1]);
    for (const value of values(augmentTiles(tiles, transforms, { sizePx: 2, normalisation: raw }))) expect(value).toBeCloseTo(100, 1);
  });
});

describe('tileInput', () => {
  it('gives the second of two passes in chunks what it gave the first', () => {
    const tiles = noise(6, 16);
    const keys = ['a', 'b', 'c', 'd', 'e', 'e'];
    const input = tileInput({ sizePx: 12, normalisation, augmentation: { flipX: 0.5, quarterTurns: true, crop: { area: [0.3, 1] } } });
    const whole = values(input.augmented(tiles, keys, 0, 6, [1, 'epoch', 0]));
    const chunks = [
      values(input.augmented(tiles, keys, 0, 4, [1, 'epoch', 0])),
      values(input.augmented(tiles, keys, 4, 6, [1, 'epoch', 0])),
    ];
    expect(chunks.flatMap((chunk) => [...chunk])).toEqual([...whole]);
  });

  it('leaves no tensors behind', () => {
    const input = tileInput({
      sizePx: 12,
      normalisation,
      augmentation: { crop: { area: [0.3, 1] }, colour: { kind: 'stain', sigma: 0.1 } },
    });
    const before = tf.memory().numTensors;
    input.augmented(noise(3, 16), ['a', 'b', 'c'], 0, 3, [1]).dispose();
    input.plain(noise(3, 16), 0, 3).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
