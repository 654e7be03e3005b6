import { randomStream } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { refinedScores } from './index.js';

await startEngine();

const random = randomStream('refined-scores');
const drawn = (shape: number[]): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
    shape,
  );

describe('refinedScores', () => {
  const [q, k] = [() => drawn([2, 13, 4]), () => drawn([2, 13, 4])].map((make) => make()) as [tf.Tensor, tf.Tensor];
  const s = drawn([2, 13]);
  const penalty = tf.tensor3d([...Array(11).fill(0), -1e9, -1e9, ...Array(13).fill(0)], [2, 1, 13]);
  const plain = (...[a, b, c]: tf.Tensor[]): tf.Tensor =>
    tf.squeeze(tf.matMul(tf.softmax(tf.add(tf.mul(tf.matMul(a!, b!, false, true), 0.5), penalty)), tf.expandDims(c!, 2)), [2]);
  const weighted = (y: tf.Tensor): tf.Tensor => tf.mul(y, tf.reshape(tf.range(0, 26), [2, 13]));

  it.each([1 << 24, 26 * 5, 1])('with at most %i values at once equals the plain form and its gradients', (maxValues) => {
    const chunked = (...[a, b, c]: tf.Tensor[]): tf.Tensor => refinedScores(a!, b!, c!, 0.5, penalty, maxValues);
    const same = (actual: tf.Tensor, expected: tf.Tensor): void => {
      expect(actual.shape).toEqual(expected.shape);
      expect(Math.max(...tf.abs(tf.sub(actual, expected)).dataSync())).toBeLessThan(1e-4);
    };
    same(chunked(q, k, s), plain(q, k, s));
    const gradients = tf.grads((...inputs) => weighted(chunked(...inputs)))([q, k, s]);
    const expected = tf.grads((...inputs) => weighted(plain(...inputs)))([q, k, s]);
    gradients.forEach((gradient, i) => void same(gradient, expected[i] as tf.Tensor));
  });

  it('keeps memory linear in N', () => {
    const count = 20_000;
    const inputs = [drawn([1, count, 2]), drawn([1, count, 2]), drawn([1, count])] as const;
    const before = tf.memory();
    const y = refinedScores(...inputs, 1, undefined, 1 << 20);
    expect(y.shape).toEqual([1, count]);
    y.dispose();
    expect(tf.memory().numTensors).toBe(before.numTensors);
    const peak = tf.profile(() => refinedScores(...inputs, 1, undefined, 1 << 20));
    return peak.then(({ peakBytes }) => expect(peakBytes - before.numBytes).toBeLessThan(64 * 2 ** 20));
  });
});
