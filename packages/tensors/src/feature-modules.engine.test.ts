import { randomStream } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  activate,
  dropout,
  FeatureBatchNorm,
  type ForwardContext,
  gelu,
  LayerNorm,
  Linear,
  loadStateDict,
  maskedSoftmax,
} from './index.js';

await startEngine();

const context = (training: boolean): ForwardContext => ({ training, random: randomStream(1) });
const record = (values: number[], shape: number[]) => ({ dtype: 'float32' as const, shape, data: Float32Array.from(values) });
const close = (actual: tf.Tensor, expected: number[], digits = 5): void => {
  const values = [...actual.dataSync()];
  expect(values).toHaveLength(expected.length);
  values.forEach((value, i) => void expect(value).toBeCloseTo(expected[i] as number, digits));
};

describe('Linear', () => {
  it('multiplies by the transposed weight over the last axis of any rank', () => {
    const linear = new Linear({ inputDim: 2, outputDim: 3, random: randomStream(1) });
    loadStateDict(
      linear,
      new Map([
        ['weight', record([1, 2, 3, 4, 5, 6], [3, 2])],
        ['bias', record([0.5, 0, 0], [3])],
      ]),
    );
    const y = linear.forward(tf.tensor3d([1, 1, 2, 0], [1, 2, 2]));
    expect(y.shape).toEqual([1, 2, 3]);
    close(y, [3.5, 7, 11, 2.5, 6, 10]);
  });
  it('starts Xavier normal with zero bias', () => {
    const values = new Linear({ inputDim: 200, outputDim: 100, random: randomStream(7) }).named();
    const weight = values.get('weight')!.variable.dataSync();
    const deviation = Math.sqrt([...weight].reduce((sum, w) => sum + w * w, 0) / weight.length);
    expect(deviation).toBeGreaterThan(0.0799);
    expect(deviation).toBeLessThan(0.0835);
    expect(Math.max(...values.get('bias')!.variable.dataSync())).toBe(0);
  });
});

describe('gelu', () => {
  it('is exact, and so is its gradient', () => {
    close(gelu(tf.tensor1d([-1, 0, 0.5, 3])), [-0.15865525, 0, 0.34573123, 2.9959502]);
    close(tf.grad((x) => gelu(x))(tf.tensor1d([-1, 0, 2])), [-0.08331547, 0.5, 1.0852321]);
  });
  it('is reached by name', () => {
    close(activate('gelu', tf.tensor1d([1])), [0.8413447]);
    close(activate('none', tf.tensor1d([-3])), [-3]);
  });
});

describe('LayerNorm', () => {
  it('normalises the last axis', () => {
    close(new LayerNorm(4).forward(tf.tensor2d([[1, 2, 3, 4]])), [-1.3416355, -0.4472118, 0.4472118, 1.3416355]);
  });
});

describe('FeatureBatchNorm', () => {
  it('trains on batch statistics and keeps unbiased running ones', () => {
    const norm = new FeatureBatchNorm(1);
    close(norm.forward(tf.tensor2d([[1], [3]]), context(true)), [-0.999995, 0.999995]);
    const named = norm.named();
    close(named.get('running_mean')!.variable, [0.2]);
    close(named.get('running_var')!.variable, [0.9 + 0.1 * 2]);
    expect(named.get('num_batches_tracked')!.variable.dataSync()[0]).toBe(1);
    close(norm.forward(tf.tensor2d([[0.2]]), context(false)), [0]);
  });
  it('leaves padding out, and the running statistics alone when told', () => {
    const norm = new FeatureBatchNorm(1);
    const x = tf.tensor3d([1, 3, 100], [1, 3, 1]);
    const y = norm.forward(x, { ...context(true), updateStatistics: false }, tf.tensor2d([[1, 1, 0]]));
    close(tf.slice(y, [0, 0, 0], [1, 2, 1]), [-0.999995, 0.999995]);
    close(norm.named().get('running_mean')!.variable, [0]);
  });
  it('refuses to train on one value', () => {
    expect(() => new FeatureBatchNorm(2).forward(tf.ones([1, 2]), context(true))).toThrow(
      expect.objectContaining({ code: 'tensors/batch-of-one' }),
    );
  });
});

describe('dropout', () => {
  it('drops the rate, keeps the expectation, and repeats itself', () => {
    const x = tf.ones([100, 100]);
    const first = dropout(x, 0.25, context(true), 'a').dataSync();
    const dropped = [...first].filter((value) => value === 0).length / 10_000;
    expect(dropped).toBeGreaterThan(0.23);
    expect(dropped).toBeLessThan(0.27);
    expect(Math.max(...first)).toBeCloseTo(4 / 3, 5);
    expect(dropout(x, 0.25, context(true), 'a').dataSync()).toEqual(first);
    expect(dropout(x, 0.25, context(true), 'b').dataSync()).not.toEqual(first);
    expect(dropout(x, 0.25, context(false), 'a')).toBe(x);
  });
});

describe('maskedSoftmax', () => {
  it('gives masked places nothing', () => {
    close(maskedSoftmax(tf.tensor2d([[1, 1, 9]]), tf.tensor2d([[1, 1, 0]])), [0.5, 0.5, 0]);
  });
});
