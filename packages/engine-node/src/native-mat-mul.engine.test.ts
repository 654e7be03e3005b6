import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { oneDnnMatMul, replaceMatMul } from './native-mat-mul.js';
import type { NodeBackend } from './node-backend.js';
import { startEngine } from './start-engine.js';

beforeAll(() => startEngine());
afterEach(() => replaceMatMul('tensorflow', true));

const backend = (): NodeBackend => tf.backend() as unknown as NodeBackend;
const draw = (shape: readonly number[], seed: number): tf.Tensor => tf.randomNormal([...shape], 0, 1, 'float32', seed);

let operations: string[] = [];

/** Runs `run` and notes the names of TensorFlow's operations meanwhile. */
function watched<T>(run: () => T): T {
  const target = backend();
  const own = target.executeSingleOutput;
  operations = [];
  target.executeSingleOutput = function (this: NodeBackend, name, ...rest) {
    operations.push(name);
    return own.call(this, name, ...rest);
  };
  try {
    return run();
  } finally {
    target.executeSingleOutput = own;
  }
}

/** ‖a − b‖∞ over the largest of b. */
function worst(a: tf.Tensor, b: tf.Tensor): number {
  expect(a.shape).toEqual(b.shape);
  return tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(a, b))), tf.maximum(tf.max(tf.abs(b)), 1e-6)).dataSync()[0]) as number;
}

describe("oneDNN's matrix product", () => {
  it.each([
    ['two matrices', [130, 70], [70, 50], false, false],
    ['a row and a column', [1, 513], [513, 1], false, false],
    ['a column and a row', [64, 1], [1, 65], false, false],
    ['a linear layer', [33, 48], [97, 48], false, true],
    ['the gradient of its weight', [33, 48], [33, 97], true, false],
    ['both turned', [48, 33], [97, 48], true, true],
    ['stacks', [2, 3, 17, 8], [2, 3, 8, 19], false, false],
    ['stacks, the second turned', [2, 3, 17, 8], [2, 3, 19, 8], false, true],
    ['one matrix for a stack', [4, 9, 6], [1, 6, 5], false, false],
  ] as const)('is that of the public kernel: %s', (_name, shapeA, shapeB, transposeA, transposeB) => {
    const [a, b] = [draw(shapeA, 1), draw(shapeB, 2)];
    replaceMatMul('tensorflow', false);
    const expected = tf.matMul(a, b, transposeA, transposeB);
    const product = oneDnnMatMul(backend(), a, b, transposeA, transposeB);
    expect(worst(product, expected)).toBeLessThan(1e-5);
    tf.dispose([a, b, expected, product]);
  });

  it('stands under tf.matMul with its gradients, leaves nothing behind, and can be taken away', () => {
    const [a, b] = [draw([4, 80, 90], 1), draw([4, 70, 90], 2)];
    const run = (): tf.Tensor[] => {
      const { value, grads } = tf.valueAndGrads((x: tf.Tensor, y: tf.Tensor) => tf.sum(tf.square(tf.matMul(x, y, false, true))))([a, b]);
      return [value, ...grads];
    };
    replaceMatMul('tensorflow', false);
    const expected = run();
    replaceMatMul('tensorflow', true);
    tf.dispose(run());
    const held = [tf.memory().numTensors, backend().numDataIds()];
    const found = watched(run);
    expect(operations.filter((name) => /MatMul/.test(name))).toEqual(Array(3).fill('_MklBatchMatMulV2'));
    found.forEach((tensor, i) => {
      expect(worst(tensor, expected[i] as tf.Tensor)).toBeLessThan(1e-5);
    });
    tf.dispose(found);
    expect([tf.memory().numTensors, backend().numDataIds()]).toEqual(held);
    tf.dispose([a, b, expected]);
  });

  it('leaves small products and other types to the public kernel', () => {
    tf.tidy(() => {
      watched(() => [tf.matMul(draw([4, 4], 1), draw([4, 4], 2)), tf.matMul(tf.ones([200, 200], 'int32'), tf.ones([200, 200], 'int32'))]);
    });
    expect(operations.filter((name) => /MatMul/.test(name))).toEqual(['BatchMatMulV2', 'BatchMatMulV2']);
  });

  it('gives the same bits whenever it is asked', () => {
    const [a, b] = [draw([200, 300], 1), draw([300, 100], 2)];
    const [first, second] = [tf.matMul(a, b), tf.matMul(a, b)];
    expect(first.dataSync()).toEqual(second.dataSync());
    tf.dispose([a, b, first, second]);
  });
});
