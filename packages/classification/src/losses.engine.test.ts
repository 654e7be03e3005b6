import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { startEngine } from '@slidestream/engine-node';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { binaryCrossEntropy } from './binary-cross-entropy.js';
import { classification } from './classification.js';
import { crossEntropy } from './cross-entropy.js';

beforeAll(async () => {
  await startEngine();
});

const file = resolve(import.meta.dirname, '../../../../shared/vectors/numbers/losses.json');
const golden = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;

function near(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(Math.abs((actual[i] as number) - value)).toBeLessThanOrEqual(2e-5 + 1e-4 * Math.abs(value));
  });
}

describe.skipIf(golden === undefined)('losses of the reference (skipped without ../shared)', () => {
  it('cross-entropy and its gradient', () => {
    for (const { logits, y, loss, grad } of golden.cross_entropy) {
      const { value, grad: slope } = tf.valueAndGrad((z) => crossEntropy(z as tf.Tensor2D, y))(tf.tensor2d(logits));
      near(value.dataSync(), [loss]);
      near(slope.dataSync(), grad.flat());
    }
  });

  it('binary cross-entropy and its gradient', () => {
    for (const { logits, y, loss, grad } of golden.bce_with_logits) {
      const { value, grad: slope } = tf.valueAndGrad((z) => binaryCrossEntropy(z as tf.Tensor2D, Float32Array.from(y.flat())))(
        tf.tensor2d(logits),
      );
      near(value.dataSync(), [loss]);
      near(slope.dataSync(), grad.flat());
    }
  });
});

describe('classification', () => {
  it('weighs classes and smooths labels as PyTorch does', () => {
    // torch.nn.functional.cross_entropy([[1, 2, 3], [0.5, -1, 0]], [0, 2], weight=[1, 2, 3], label_smoothing=0.1)
    const logits = tf.tensor2d([1, 2, 3, 0.5, -1, 0], [2, 3]);
    const loss = crossEntropy(logits, [0, 2], { classWeights: [1, 2, 3], labelSmoothing: 0.1 }).dataSync()[0] as number;
    const logSoftmax = (row: number[]): number[] => row.map((z) => z - Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)));
    const a = logSoftmax([1, 2, 3]);
    const b = logSoftmax([0.5, -1, 0]);
    const nll = -(1 * (a[0] as number) + 3 * (b[2] as number)) / 4;
    const smooth = -[a, b].flat().reduce((sum, value, i) => sum + value * ((i % 3) + 1), 0) / 4;
    expect(loss).toBeCloseTo(0.9 * nll + (0.1 / 3) * smooth, 5);
  });

  it('says which label is none of the classes', () => {
    const task = classification({ classes: ['a', 'b'] });
    expect(() => task.loss(tf.zeros([1, 2]), [{ label: 2 }])).toThrow('label 2 is none of the 2 classes a, b');
  });

  it('predicts and measures', () => {
    const task = classification({ classes: ['normal', 'tumor'] });
    const scored = [
      { id: 'a', target: { label: 0 }, logits: Float32Array.of(2, 0) },
      { id: 'b', target: { label: 1 }, logits: Float32Array.of(0, 1) },
    ];
    expect(task.predict(Float32Array.of(0, 1))).toMatchObject({ label: 1, className: 'tumor' });
    expect(task.metrics(scored)).toMatchObject({ auc: 1, accuracy: 1 });
    expect(task.selectionMetric).toBe('auc');
  });
});
