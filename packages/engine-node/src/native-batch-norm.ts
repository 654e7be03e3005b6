import type { Activation, BatchNormGradient, Kernels } from '@slidestream/tensors';
import { dispose, type Tensor, type Tensor1D, type Tensor4D, tensor1d } from '@tensorflow/tfjs-core';
import { attributeMaker, type NodeBackend, type OpAttribute } from './node-backend.js';

type BatchNormKernels = Pick<
  Kernels,
  'batchNormTraining' | 'batchNormTrainingGradient' | 'batchNormInference' | 'batchNormInferenceGradient'
>;

/** Which of oneDNN's own kernels may be called by name. */
export interface OneDnnBatchNorm {
  /** `_MklNativeFusedBatchNormV3` and its gradient, in training: the gradient in less than half the time. */
  readonly batchNorm: boolean;
  /** `_MklNativeFusedBatchNormEx`, in training: relu for nothing. */
  readonly fusedRelu: boolean;
}

/** Batch norm as `FusedBatchNormV3` and its gradient kernel. */
export function batchNormKernels(backend: NodeBackend, activate: Kernels['activate'], oneDnn: OneDnnBatchNorm): BatchNormKernels {
  const attribute = attributeMaker(backend.binding);
  const float = attribute.type('T', 'float32');
  const nhwc = attribute.text('data_format', 'NHWC');
  const named = attribute.text('_kernel', 'MklNameChangeOp');
  const common = (epsilon: number, training: boolean): OpAttribute[] => [
    float,
    attribute.type('U', 'float32'),
    attribute.float('epsilon', epsilon),
    nhwc,
    attribute.bool('is_training', training),
  ];

  function run(op: string, attributes: OpAttribute[], inputs: readonly Tensor[], outputs: number): Tensor[] {
    if (!oneDnn.batchNorm) return backend.executeMultipleOutputs(op, attributes, inputs, outputs);
    return backend.executeMultipleOutputs(`_MklNative${op}`, [...attributes, named], inputs, outputs);
  }

  function then(y: Tensor4D, activation: Activation): Tensor4D {
    if (activation === 'none') return y;
    const active = activate(y, activation);
    y.dispose();
    return active;
  }

  function forward(inputs: readonly Tensor[], epsilon: number, activation: Activation): [Tensor4D, ...Tensor[]] {
    const attributes = [...common(epsilon, true), attribute.float('exponential_avg_factor', 1)];
    if (activation === 'relu' && oneDnn.fusedRelu) {
      const fused = [...attributes, named, attribute.int('num_side_inputs', 0), attribute.text('activation_mode', 'Relu')];
      return backend.executeMultipleOutputs('_MklNativeFusedBatchNormEx', fused, inputs, 6) as [Tensor4D, ...Tensor[]];
    }
    const [y, ...rest] = run('FusedBatchNormV3', attributes, inputs, 6) as [Tensor4D, ...Tensor[]];
    return [then(y, activation), ...rest];
  }

  return {
    batchNormTraining(x, { scale, offset }, epsilon, activation) {
      const none = tensor1d([], 'float32');
      const [y, mean, variance, ...reserved] = forward([x, scale, offset, none, none], epsilon, activation);
      none.dispose();
      return { y, mean: mean as Tensor1D, variance: variance as Tensor1D, reserved };
    },
    batchNormTrainingGradient: (dy, x, scale, reserved, epsilon) =>
      gradientOf(run('FusedBatchNormGradV3', common(epsilon, true), [dy, x, scale, ...reserved], 5)),
    batchNormInference(x, { scale, offset }, running, epsilon, activation) {
      const attributes = [...common(epsilon, false), attribute.float('exponential_avg_factor', 1)];
      const inputs = [x, scale, offset, running.mean, running.variance];
      const [y, ...unused] = backend.executeMultipleOutputs('FusedBatchNormV3', attributes, inputs, 6) as [Tensor4D, ...Tensor[]];
      dispose(unused);
      return then(y, activation);
    },
    batchNormInferenceGradient(dy, x, scale, running, epsilon) {
      const none = tensor1d([], 'float32');
      const inputs = [dy, x, scale, running.mean, running.variance, none];
      const outputs = backend.executeMultipleOutputs('FusedBatchNormGradV3', common(epsilon, false), inputs, 5);
      none.dispose();
      return gradientOf(outputs);
    },
  };
}

function gradientOf(outputs: readonly Tensor[]): BatchNormGradient {
  const [dx, dScale, dOffset, ...unused] = outputs as [Tensor4D, Tensor1D, Tensor1D, Tensor, Tensor];
  dispose(unused);
  return { dx, dScale, dOffset };
}
