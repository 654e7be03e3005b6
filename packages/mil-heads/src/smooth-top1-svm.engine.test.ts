import { startEngine } from '@slidestream/engine-node';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { smoothTop1Svm } from './smooth-top1-svm.js';

beforeAll(async () => {
  await startEngine();
});

/** Loss and gradient of plain rows. */
function lossOf(rows: number[][], labels: number[]): { loss: number; gradient: number[] } {
  return tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad((x) => smoothTop1Svm(x as tf.Tensor2D, labels))(tf.tensor2d(rows));
    return { loss: value.dataSync()[0] as number, gradient: [...grad.dataSync()] };
  });
}

describe('smoothTop1Svm(scores, labels)', () => {
  it('is the soft maximum of margins', () => {
    expect(lossOf([[0.5, -0.5]], [0]).loss).toBeCloseTo(Math.log(1 + Math.exp(1 - 1)), 6);
    expect(lossOf([[0.5, -0.5]], [1]).loss).toBeCloseTo(Math.log(1 + Math.exp(1 + 1)), 6);
  });

  it('is the maximum itself where the best score leads by ln 1000, with a finite gradient', () => {
    expect(lossOf([[-200, 200]], [0])).toEqual({ loss: 401, gradient: [-1, 1] });
    expect(lossOf([[200, -200]], [0])).toEqual({ loss: 0, gradient: [0, 0] });
    const mixed = lossOf(
      [
        [-200, 200],
        [0.5, -0.5],
      ],
      [0, 0],
    );
    expect(mixed.gradient.every(Number.isFinite)).toBe(true);
    expect(mixed.loss).toBeCloseTo((401 + Math.LN2) / 2, 4);
  });

  it('has the gradient of its differences, for three classes too', () => {
    const rows = [
      [0.3, -0.7, 1.1],
      [2, 0.1, -0.4],
    ];
    const { gradient } = lossOf(rows, [1, 0]);
    rows.forEach((row, i) => {
      row.forEach((_, k) => {
        const moved = (by: number) => rows.map((own, r) => own.map((value, c) => value + (r === i && c === k ? by : 0)));
        const slope = (lossOf(moved(0.01), [1, 0]).loss - lossOf(moved(-0.01), [1, 0]).loss) / 0.02;
        expect(gradient[i * 3 + k]).toBeCloseTo(slope, 3);
      });
    });
  });
});
