import { randomStream } from '@slidestream/core';
import { type Kernels, portableKernels } from '@slidestream/tensors';
import { type Tensor, type Tensor4D, tensor1d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import { nativeKernels, type OneDnnKernels, publicKernelsOnly } from './native-kernels.js';
import type { NodeBackend } from './node-backend.js';

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
    fusedRelu: passes({ fusedRelu: true }, batchNormRelu),
    maxPool: passes({ maxPool: true }, maxPool),
  };
}

function image(name: string, size: number): Tensor4D {
  const random = randomStream('engine self-test', name);
  return tensor4d(
    Float32Array.from({ length: 2 * size * size * 16 }, () => random.normal()),
    [2, size, size, 16],
  );
}

function batchNormRelu(kernels: Kernels): Tensor[] {
  const x = image('x', 7);
  const affine = { scale: tensor1d(ramp(0.5)), offset: tensor1d(ramp(-0.4)) };
  const { y, mean, variance, reserved } = kernels.batchNormTraining(x, affine, 1e-3, 'relu');
  const dy = kernels.activationGradient(image('dy', 7), y, 'relu');
  const { dx, dScale, dOffset } = kernels.batchNormTrainingGradient(dy, x, affine.scale, reserved, 1e-3);
  const eval_ = kernels.batchNormInference(x, affine, { mean, variance }, 1e-3, 'relu');
  return [y, mean, variance, dx, dScale, dOffset, eval_];
}

function maxPool(kernels: Kernels): Tensor[] {
  const x = image('x', 8);
  const { y, reserved } = kernels.maxPoolRelu(x);
  return [y, kernels.maxPoolReluGradient(image('dy', 4), y, reserved, x.shape)];
}

function ramp(start: number): Float32Array {
  return Float32Array.from({ length: 16 }, (_, i) => start + i / 16);
}

function agree(a: readonly Tensor[], b: readonly Tensor[]): boolean {
  return a.every((tensor, i) => {
    const other = b[i] as Tensor;
    if (tensor.shape.join() !== other.shape.join()) return false;
    const values = other.dataSync();
    return tensor.dataSync().every((value, at) => Math.abs(value - (values[at] as number)) <= TOLERANCE * (1 + Math.abs(value)));
  });
}
