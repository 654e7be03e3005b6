import { randomStream } from '@slidestream/core';
import { type Activation, type Kernels, portableKernels } from '@slidestream/tensors';
import { reshape, slice, type Tensor, type Tensor4D, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { nativeKernels, type OneDnnKernels, publicKernelsOnly } from './native-kernels.js';
import { oneDnnMatMul } from './native-mat-mul.js';
import { attributeMaker, type NodeBackend } from './node-backend.js';

/** Of the largest value. */
const TOLERANCE = 1e-4;

/**
 * Which of oneDNN's own kernels answer to their names in this libtensorflow and agree with the portable form. Their names
 * are internal, so nothing is taken on trust.
 */
export function tryOneDnnKernels(backend: NodeBackend): OneDnnKernels {
  const passes = (only: Partial<OneDnnKernels>, run: (kernels: Kernels) => Tensor[]): boolean => {
    try {
      return tidy(() => agree(run(nativeKernels(backend, { ...publicKernelsOnly, ...only })), run(portableKernels)));
    } catch {
      return false;
    }
  };
  return {
    conv: passes({ conv: true }, convolution(false)),
    depthwise: passes({ depthwise: true }, convolution(true)),
    batchNorm: passes({ batchNorm: true }, batchNorm('none')),
    fusedRelu: passes({ fusedRelu: true, batchNorm: true }, batchNorm('relu')) || passes({ fusedRelu: true }, batchNorm('relu')),
    maxPool: passes({ maxPool: true }, maxPool),
    matMul: matMulAgrees(backend),
  };
}

function image(name: string, size: number): Tensor4D {
  const random = randomStream('engine self-test', name);
  return tensor4d(
    Float32Array.from({ length: 2 * size * size * 16 }, () => random.normal()),
    [2, size, size, 16],
  );
}

function convolution(depthwise: boolean): (kernels: Kernels) => Tensor[] {
  return (kernels) =>
    ([1, 2] as const).flatMap((stride) => {
      const geometry = { stride, padding: 1, depthwise };
      const x = image('x', 8);
      const dy = image('dy', 8 / stride);
      const filter = slice(reshape(image('filter', 9), [3, 3, 16, -1]), [0, 0, 0, 0], [3, 3, 16, depthwise ? 1 : 16]) as Tensor4D;
      return [
        kernels.conv2d(x, filter, geometry),
        kernels.conv2dBias(x, filter, tensor1d(ramp(-0.5)), geometry, 'relu'),
        kernels.conv2dInputGradient(dy, filter, x.shape, geometry),
        kernels.conv2dFilterGradient(dy, x, filter.shape, geometry),
      ];
    });
}

function batchNorm(activation: Activation): (kernels: Kernels) => Tensor[] {
  return (kernels) => {
    const x = image('x', 7);
    const affine = { scale: tensor1d(ramp(0.5)), offset: tensor1d(ramp(-0.4)) };
    const { y, mean, variance, reserved } = kernels.batchNormTraining(x, affine, 1e-3, activation);
    const dy = kernels.activationGradient(image('dy', 7), y, activation);
    const { dx, dScale, dOffset } = kernels.batchNormTrainingGradient(dy, x, affine.scale, reserved, 1e-3);
    return [y, mean, variance, dx, dScale, dOffset];
  };
}

function maxPool(kernels: Kernels): Tensor[] {
  const x = image('x', 8);
  const { y, reserved } = kernels.maxPoolRelu(x);
  return [y, kernels.maxPoolReluGradient(image('dy', 4), y, reserved, x.shape)];
}

/** Against the public kernel itself: `tf.matMul` may be replaced already. */
function matMulAgrees(backend: NodeBackend): boolean {
  const attribute = attributeMaker(backend.binding);
  const stack = (name: string, shape: [number, number, number]): Tensor => reshape(image(name, 4), shape);
  try {
    return tidy(() =>
      [false, true].every((transposed) => {
        const [a, b] = transposed ? [stack('a', [2, 32, 8]), stack('b', [2, 8, 32])] : [stack('a', [2, 8, 32]), stack('b', [2, 32, 8])];
        const attributes = [attribute.type('T', 'float32'), attribute.bool('adj_x', transposed), attribute.bool('adj_y', transposed)];
        const expected = backend.executeSingleOutput('BatchMatMulV2', attributes, [a, b]);
        return agree([oneDnnMatMul(backend, a, b, transposed, transposed)], [expected]);
      }),
    );
  } catch {
    return false;
  }
}

function ramp(start: number): Float32Array {
  return Float32Array.from({ length: 16 }, (_, i) => start + i / 16);
}

function agree(a: readonly Tensor[], b: readonly Tensor[]): boolean {
  return a.every((tensor, i) => {
    const other = b[i] as Tensor;
    if (tensor.shape.join() !== other.shape.join()) return false;
    const values = other.dataSync() as Float32Array;
    const allowed = TOLERANCE * values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
    return (tensor.dataSync() as Float32Array).every((value, at) => Math.abs(value - (values[at] as number)) <= allowed);
  });
}
