import type { Activation, BatchNormGradient, Kernels } from '@slidestream/tensors';
import { type Tensor, type Tensor1D, type Tensor4D, tensor1d } from '@tensorflow/tfjs-core';
import { attributeMaker, type NodeBackend } from './node-backend.js';

type BatchNormKernels = Pick<
  Kernels,
  'batchNormTraining' | 'batchNormTrainingGradient' | 'batchNormInference' | 'batchNormInferenceGradient'
>;

/** Which of oneDNN's own kernels may be called by name. */
export interface OneDnnBatchNorm {
  /** `_MklNativeFusedBatchNormEx`: relu for nothing. */
  readonly fusedRelu: boolean;
}

/** Batch norm as `FusedBatchNormV3` and its gradient kernel. */
export function batchNormKernels(backend: NodeBackend, activate: Kernels['activate'], oneDnn: OneDnnBatchNorm): BatchNormKernels {
  const attribute = attributeMaker(backend.binding);
  const common = (epsilon: number, training: boolean) => [
    attribute.type('T', 'float32'),
    attribute.type('U', 'float32'),
    attribute.float('epsilon', epsilon),
    attribute.text('data_format', 'NHWC'),
    attribute.bool('is_training', training),
  ];

  function forward(inputs: readonly Tensor[], epsilon: number, training: boolean, activation: Activation): [Tensor4D, ...Tensor[]] {
    const attributes = [...common(epsilon, training), attribute.float('exponential_avg_factor', 1)];
    if (training && activation === 'relu' && oneDnn.fusedRelu) {
      const fused = [
        ...attributes,
        attribute.text('_kernel', 'MklNameChangeOp'),
        attribute.int('num_side_inputs', 0),
        attribute.text('activation_mode', 'Relu'),
      ];
      return backend.executeMultipleOutputs('_MklNativeFusedBatchNormEx', fused, inputs, 6) as [Tensor4D, ...Tensor[]];
    }
    const [y, ...rest] = backend.executeMultipleOutputs('FusedBatchNormV3', attributes, inputs, 6) as [Tensor4D, ...Tensor[]];
    if (activation === 'none') return [y, ...rest];
    const active = activate(y, activation);
    y.dispose();
    return [active, ...rest];
  }

  function gradient(inputs: readonly Tensor[], epsilon: number, training: boolean): BatchNormGradient {
    const outputs = backend.executeMultipleOutputs('FusedBatchNormGradV3', common(epsilon, training), inputs, 5);
    const [dx, dScale, dOffset, ...unused] = outputs as [Tensor4D, Tensor1D, Tensor1D, Tensor, Tensor];
    for (const tensor of unused) tensor.dispose();
    return { dx, dScale, dOffset };
  }

  return {
    batchNormTraining(x, { scale, offset }, epsilon, activation) {
      const none = tensor1d([], 'float32');
      const [y, mean, variance, ...reserved] = forward([x, scale, offset, none, none], epsilon, true, activation);
      none.dispose();
      return { y, mean: mean as Tensor1D, variance: variance as Tensor1D, reserved };
    },
    batchNormTrainingGradient: (dy, x, scale, reserved, epsilon) => gradient([dy, x, scale, ...reserved], epsilon, true),
    batchNormInference(x, { scale, offset }, running, epsilon, activation) {
      const [y, ...unused] = forward([x, scale, offset, running.mean, running.variance], epsilon, false, activation);
      for (const tensor of unused) tensor.dispose();
      return y;
    },
    batchNormInferenceGradient(dy, x, scale, running, epsilon) {
      const none = tensor1d([], 'float32');
      const result = gradient([dy, x, scale, running.mean, running.variance, none], epsilon, false);
      none.dispose();
      return result;
    },
  };
}
