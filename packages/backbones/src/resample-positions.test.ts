import { expect, it } from 'vitest';
import { bicubicWeights } from './resample-positions.js';

const values = [0.5, -1.25, 2, 0.75, -0.5, 1.5];

function resized(to: number): number[] {
  const weights = bicubicWeights(values.length, to);
  return Array.from({ length: to }, (_, i) =>
    values.reduce((sum, value, j) => sum + value * (weights[i * values.length + j] as number), 0),
  );
}

it('resizes as Pillow does, whose bicubic PyTorch follows', () => {
  const pillow = [
    [-0.250809, 0.842266, 0.447933, 0.739887],
    [0.591418, -0.824836, -0.199707, 2.059082, 0.937012, -0.269287, 0.158793, 1.604478],
  ];
  for (const expected of pillow) {
    resized(expected.length).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] as number, 5);
    });
  }
});

it('leaves a grid of the same size alone, and a constant constant', () => {
  resized(6).forEach((value, i) => {
    expect(value).toBeCloseTo(values[i] as number, 6);
  });
  for (const to of [1, 3, 5, 9, 20]) {
    const weights = bicubicWeights(6, to);
    for (let i = 0; i < to; i++) expect(weights.subarray(i * 6, i * 6 + 6).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6);
  }
});
