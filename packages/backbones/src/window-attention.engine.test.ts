import { randomStream } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { toStateDict } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { WindowAttention } from './window-attention.js';

beforeAll(async () => {
  await startEngine();
});

it('attends within rolled windows as pairs of tokens do one by one', async () => {
  const [side, window, shift, heads, width] = [6, 4, 2, 2, 4];
  const depth = width / heads;
  const module = new WindowAttention({
    width,
    heads,
    side,
    window,
    shift,
    qkvBias: true,
    random: randomStream('window attention'),
    initialiser: (shape) => tf.randomNormal([...shape], 0, 1, 'float32', 5),
  });
  const x = tf.randomNormal([1, side, side, width], 0, 1, 'float32', 7);
  const ours = tf.tidy(() => module.forward(x).dataSync());
  const state = await toStateDict(module);
  const of = (name: string): Float32Array => state.get(name)?.data as Float32Array;
  const linear = (row: ArrayLike<number>, name: string, outputs: number): number[] =>
    Array.from({ length: outputs }, (_, o) => {
      const weight = of(`${name}.weight`);
      return Array.from({ length: width }, (_, i) => (row[i] as number) * (weight[o * width + i] as number)).reduce(
        (a, b) => a + b,
        of(`${name}.bias`)[o] as number,
      );
    });
  const whole = 8; // the map of 6 is filled up to two windows of 4 after rolling
  const input = x.dataSync();
  const rolled = (row: number, column: number): ArrayLike<number> => {
    if (row >= side || column >= side) return new Float32Array(width);
    const at = (((row + shift) % side) * side + ((column + shift) % side)) * width;
    return input.subarray(at, at + width);
  };
  const region = (at: number): number => (at < whole - window ? 0 : at < whole - shift ? 1 : 2);
  let worst = 0;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const own = linear(rolled(row, column), 'qkv', 3 * width);
      const mixed: number[] = [];
      for (let head = 0; head < heads; head++) {
        let total = 0;
        const sum = new Float64Array(depth);
        for (let r = row - (row % window); r < row - (row % window) + window; r++) {
          for (let c = column - (column % window); c < column - (column % window) + window; c++) {
            if (region(r) !== region(row) || region(c) !== region(column)) continue;
            const other = linear(rolled(r, c), 'qkv', 3 * width);
            const place = (row - r + window - 1) * (2 * window - 1) + (column - c + window - 1);
            let product = of('relative_position_bias_table')[place * heads + head] as number;
            for (let i = 0; i < depth; i++) {
              product += ((own[head * depth + i] as number) * (other[width + head * depth + i] as number)) / Math.sqrt(depth);
            }
            total += Math.exp(product);
            for (let i = 0; i < depth; i++) {
              sum[i] = (sum[i] as number) + Math.exp(product) * (other[2 * width + head * depth + i] as number);
            }
          }
        }
        mixed.push(...[...sum].map((value) => value / total));
      }
      const expected = linear(mixed, 'proj', width);
      const at = (((row + shift) % side) * side + ((column + shift) % side)) * width;
      expected.forEach((value, i) => {
        worst = Math.max(worst, Math.abs(value - (ours[at + i] as number)));
      });
    }
  }
  expect(worst).toBeLessThan(1e-4);
  tf.dispose(x);
  module.dispose();
});
