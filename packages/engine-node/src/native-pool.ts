import type { Kernels } from '@slidestream/tensors';
import { mul, reshape, type Tensor, type Tensor2D, type Tensor4D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { padder } from './native-conv.js';
import { attributeMaker, type NodeBackend } from './node-backend.js';

type PoolKernels = Pick<Kernels, 'maxPoolRelu' | 'maxPoolReluGradient' | 'globalAveragePool' | 'globalAveragePoolGradient'>;
type ActivationKernels = Pick<Kernels, 'activate' | 'activationGradient'>;

/** Which of oneDNN's own kernels may be called by name. */
export interface OneDnnPool {
  /** `_MklNativeMaxPool` with a workspace: its gradient needs no search. */
  readonly maxPool: boolean;
}

const AROUND = { top: 1, bottom: 1, left: 1, right: 1 };

/** Pools as native kernels. */
export function poolKernels(backend: NodeBackend, activations: ActivationKernels, oneDnn: OneDnnPool): PoolKernels {
  const attribute = attributeMaker(backend.binding);
  const images = padder(backend);
  const float = attribute.type('T', 'float32');
  const window = [
    float,
    attribute.int('ksize', [1, 3, 3, 1]),
    attribute.int('strides', [1, 2, 2, 1]),
    attribute.text('padding', 'VALID'),
    attribute.text('data_format', 'NHWC'),
  ];
  const named = [...window, attribute.bool('workspace_enabled', true), attribute.text('_kernel', 'MklNameChangeOp')];
  return {
    maxPoolRelu(x) {
      const padded = images.pad(x, AROUND);
      const outputs = oneDnn.maxPool
        ? backend.executeMultipleOutputs('_MklNativeMaxPool', named, [padded], 2)
        : [backend.executeSingleOutput('MaxPool', window, [padded])];
      const y = activations.activate(outputs[0] as Tensor4D, 'relu');
      return { y, reserved: [padded, ...outputs] };
    },
    maxPoolReluGradient(dy, y, reserved, inputShape) {
      const [padded, pooled, ...workspace] = reserved as [Tensor4D, Tensor4D, ...Tensor[]];
      const through = activations.activationGradient(dy, y, 'relu');
      const dx = backend.executeSingleOutput(
        workspace.length > 0 ? '_MklNativeMaxPoolGrad' : 'MaxPoolGrad',
        workspace.length > 0 ? named : window,
        [padded, pooled, through, ...workspace],
      ) as Tensor4D;
      const inner = images.unpad(dx, AROUND, inputShape);
      through.dispose();
      dx.dispose();
      return inner;
    },
    globalAveragePool(x) {
      const axes = tensor1d([1, 2], 'int32');
      const attributes = [float, attribute.type('Tidx', 'int32'), attribute.bool('keep_dims', false)];
      const y = backend.executeSingleOutput('Mean', attributes, [x, axes]);
      axes.dispose();
      return y as Tensor2D;
    },
    globalAveragePoolGradient(dy, inputShape) {
      const [tiles, height, width, channels] = inputShape;
      const share = tidy(() => reshape(mul(dy, 1 / (height * width)), [tiles, 1, 1, channels]));
      const size = tensor1d([...inputShape], 'int32');
      const dx = backend.executeSingleOutput('BroadcastTo', [float, attribute.type('Tidx', 'int32')], [share, size]);
      size.dispose();
      share.dispose();
      return dx as Tensor4D;
    },
  };
}
