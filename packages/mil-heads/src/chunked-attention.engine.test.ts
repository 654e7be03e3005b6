import { randomStream } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { chunkedAttention } from './index.js';

await startEngine();

const random = randomStream('chunked-attention');
const drawn = (...shape: number[]): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
    shape,
  );

describe('chunkedAttention', () => {
  const inputs = [drawn(2, 9, 4), drawn(2, 13, 4), drawn(2, 13, 3)] as const;
  const penalty = tf.tensor3d([...Array(11).fill(0), -1e9, -1e9, ...Array(13).fill(0)], [2, 1, 13]);
  const plain = (...[q, k, v]: tf.Tensor[]): tf.Tensor =>
    tf.matMul(tf.softmax(tf.add(tf.mul(tf.matMul(q!, k!, false, true), 0.5), penalty)), v!);
  const weighted = (y: tf.Tensor): tf.Tensor => tf.mul(y, tf.reshape(tf.range(0, 54), [2, 9, 3]));

  it.each([1 << 24, 26 * 5, 1])('with at most %i values at once equals the plain form and its gradients', (maxValues) => {
    const chunked = (...[queries, keys, values]: tf.Tensor[]): tf.Tensor =>
      chunkedAttention({ queries: queries!, keys: keys!, values: values!, scale: 0.5, penalty, maxValues });
    const same = (actual: tf.Tensor, expected: tf.Tensor): void => {
      expect(actual.shape).toEqual(expected.shape);
      expect(Math.max(...tf.abs(tf.sub(actual, expected)).dataSync())).toBeLessThan(1e-4);
    };
    same(chunked(...inputs), plain(...inputs));
    const gradients = tf.grads((...at) => weighted(chunked(...at)))([...inputs]);
    const expected = tf.grads((...at) => weighted(plain(...at)))([...inputs]);
    gradients.forEach((gradient, i) => void same(gradient, expected[i] as tf.Tensor));
  });

  it('keeps memory linear in N', async () => {
    const count = 20_000;
    const [queries, keys, values] = [drawn(1, count, 2), drawn(1, count, 2), drawn(1, count, 1)] as const;
    const attend = (): tf.Tensor => chunkedAttention({ queries, keys, values, scale: 1, maxValues: 1 << 20 });
    const before = tf.memory();
    const y = attend();
    expect(y.shape).toEqual([1, count, 1]);
    y.dispose();
    expect(tf.memory().numTensors).toBe(before.numTensors);
    const { peakBytes } = await tf.profile(attend);
    expect(peakBytes - before.numBytes).toBeLessThan(64 * 2 ** 20);
  });
});
