import { randomStream } from '@slidestream/core';
import { type ConvGeometry, type ImageShape, type Kernels, outputSize, portableKernels } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { nativeKernels, publicKernelsOnly } from './native-kernels.js';
import type { NodeBackend } from './node-backend.js';
import { startEngine } from './start-engine.js';

const forms: Record<string, () => Kernels> = {
  'public names': () => nativeKernels(backend(), publicKernelsOnly),
  'oneDNN names': () =>
    nativeKernels(backend(), {
      conv: true,
      depthwise: true,
      batchNorm: true,
      fusedRelu: true,
      maxPool: true,
      matMul: true,
    }),
};

beforeAll(() => startEngine());

function backend(): NodeBackend {
  return tf.backend() as unknown as NodeBackend;
}

function image(name: string, shape: ImageShape): tf.Tensor4D {
  const random = randomStream('native kernels', name);
  return tf.tensor4d(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.normal()),
    [...shape],
  );
}

/** Runs both forms, holds their tensors against each other, and sees that nothing is left behind. */
function expectSame(native: Kernels, run: (kernels: Kernels) => readonly tf.Tensor[], tolerance = 2e-5): void {
  const before = tf.memory().numTensors;
  const dataIds = backend().numDataIds();
  const [ours, theirs] = [run(native), run(portableKernels)];
  expect(ours.length).toBe(theirs.length);
  ours.forEach((tensor, i) => {
    const other = theirs[i] as tf.Tensor;
    expect(tensor.shape).toEqual(other.shape);
    const [a, b] = [tensor.dataSync(), other.dataSync()] as [Float32Array, Float32Array];
    const scale = Math.max(1e-6, ...b.map(Math.abs));
    const worst = a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] as number))), 0);
    expect(worst / scale, `tensor ${i}`).toBeLessThan(tolerance);
  });
  tf.dispose([...ours, ...theirs]);
  expect(tf.memory().numTensors).toBe(before);
  expect(backend().numDataIds()).toBe(dataIds);
}

describe.each(Object.keys(forms))('native kernels by %s against portable ones', (form) => {
  const kernels = (): Kernels => (forms[form] as () => Kernels)();

  it.each([
    ['3×3 stride 1', 3, { stride: 1, padding: 1, depthwise: false }, 14],
    ['3×3 stride 2', 3, { stride: 2, padding: 1, depthwise: false }, 14],
    ['3×3 stride 2, odd', 3, { stride: 2, padding: 1, depthwise: false }, 13],
    ['7×7 stride 2', 7, { stride: 2, padding: 3, depthwise: false }, 20],
    ['1×1 stride 2', 1, { stride: 2, padding: 0, depthwise: false }, 14],
    ['3×3 same stride 2', 3, { stride: 2, padding: 'same', depthwise: false }, 14],
    ['depth-wise 5×5 same stride 2', 5, { stride: 2, padding: 'same', depthwise: true }, 14],
    ['depth-wise 3×3 stride 1', 3, { stride: 1, padding: 1, depthwise: true }, 9],
  ] satisfies [string, number, ConvGeometry, number][])('convolution %s', (_name, kernel, geometry, size) => {
    const out = outputSize(size, kernel, geometry);
    const x = image('x', [2, size, size, 6]);
    const filter = image('filter', [kernel, kernel, 6, geometry.depthwise ? 1 : 8]);
    const outChannels = geometry.depthwise ? 6 : 8;
    const dy = image('dy', [2, out, out, outChannels]);
    const bias = tf.linspace(-1, 1, outChannels);
    expectSame(kernels(), (k) => [
      k.conv2d(x, filter, geometry),
      k.conv2dBias(x, filter, bias, geometry, 'relu6'),
      k.conv2dBias(x, filter, bias, geometry, 'none'),
      k.conv2dInputGradient(dy, filter, x.shape, geometry),
      k.conv2dFilterGradient(dy, x, filter.shape, geometry),
    ]);
    tf.dispose([x, filter, dy, bias]);
  });

  it.each(['none', 'relu', 'relu6'] as const)('batch norm with %s', (activation) => {
    const x = image('x', [3, 5, 5, 16]);
    const dy = image('dy', [3, 5, 5, 16]);
    const affine = { scale: tf.linspace(-1, 2, 16), offset: tf.linspace(1, -0.5, 16) };
    const running = { mean: tf.linspace(-0.1, 0.1, 16), variance: tf.linspace(0.5, 1.5, 16) };
    expectSame(kernels(), (k) => {
      const { y, mean, variance, reserved } = k.batchNormTraining(x, affine, 1e-3, activation);
      const through = k.activationGradient(dy, y, activation);
      const byBatch = k.batchNormTrainingGradient(through, x, affine.scale, reserved, 1e-3);
      const byRunning = k.batchNormInferenceGradient(dy, x, affine.scale, running, 1e-3);
      const inferred = k.batchNormInference(x, affine, running, 1e-3, activation);
      tf.dispose([...reserved]);
      return [y, mean, variance, through, inferred, ...Object.values(byBatch), ...Object.values(byRunning)];
    });
    tf.dispose([x, dy, Object.values(affine), Object.values(running)]);
  });

  it('pools and adds', () => {
    const x = image('x', [2, 9, 9, 16]);
    const other = image('other', [2, 9, 9, 16]);
    const dy = image('dy', [2, 5, 5, 16]);
    const pooled = tf.randomNormal([2, 16], 0, 1, 'float32', 5) as tf.Tensor2D;
    expectSame(kernels(), (k) => {
      const { y, reserved } = k.maxPoolRelu(x);
      const dx = k.maxPoolReluGradient(dy, y, reserved, x.shape);
      tf.dispose([...reserved]);
      return [y, dx, k.add(x, other), k.addRelu(x, other), k.globalAveragePool(x), k.globalAveragePoolGradient(pooled, x.shape)];
    });
    tf.dispose([x, other, dy, pooled]);
  });

  it('uploads 8-bit tiles', () => {
    const pixels = Uint8Array.from({ length: 2 * 4 * 5 * 3 }, (_, i) => (i * 37) % 256);
    const normalisation = { mean: [120, 110, 100], std: [50, 60, 70] } as const;
    expectSame(kernels(), (k) => [k.uploadTiles(pixels, [2, 4, 5, 3], normalisation)]);
  });

  it.each([() => kernels(), () => portableKernels])('draws the same numbers from the same key', (form) => {
    const draw = (key: [number, number]): Float32Array => tf.tidy(() => form().randomUniform([40, 50], key).dataSync()) as Float32Array;
    const values = draw([0xffffffff, 7]);
    expect(draw([0xffffffff, 7])).toEqual(values);
    expect(draw([0xffffffff, 8])).not.toEqual(values);
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.04);
  });
});
