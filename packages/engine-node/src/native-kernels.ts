import { type Kernels, portableKernels } from '@slidestream/tensors';
import { type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import { activationKernels } from './native-activation.js';
import { batchNormKernels, type OneDnnBatchNorm } from './native-batch-norm.js';
import { convKernels, type OneDnnConv } from './native-conv.js';
import { type OneDnnPool, poolKernels } from './native-pool.js';
import { attributeMaker, type NodeBackend } from './node-backend.js';

/** Internal kernels of libtensorflow that may be called by name, each tried at the start. */
export interface OneDnnKernels extends OneDnnConv, OneDnnBatchNorm, OneDnnPool {
  /** `_MklBatchMatMulV2`, under `tf.matMul`. */
  readonly matMul: boolean;
}

/** Only kernels with public names. */
export const publicKernelsOnly: OneDnnKernels = {
  conv: false,
  depthwise: false,
  batchNorm: false,
  fusedRelu: false,
  maxPool: false,
  matMul: false,
};

/** Kernels that call TensorFlow's own directly. */
export function nativeKernels(backend: NodeBackend, oneDnn: OneDnnKernels): Kernels {
  const activations = activationKernels(backend);
  return {
    name: 'tensorflow',
    ...convKernels(backend, activations.activate, oneDnn),
    ...batchNormKernels(backend, activations.activate, oneDnn),
    ...poolKernels(backend, activations, oneDnn),
    ...activations,
    uploadTiles: portableKernels.uploadTiles,
    randomUniform: (shape, key) => randomUniform(backend, shape, key),
  };
}

/** Uniform in [0, 1) from TensorFlow's counter-based generator under `key`. */
function randomUniform(backend: NodeBackend, shape: readonly number[], key: readonly [number, number]): Tensor {
  const attribute = attributeMaker(backend.binding);
  const size = tensor1d([...shape], 'int32');
  const seed = tensor1d(
    Int32Array.from(key, (word) => word | 0),
    'int32',
  );
  const attributes = [attribute.type('dtype', 'float32'), attribute.type('T', 'int32'), attribute.type('Tseed', 'int32')];
  const values = backend.executeSingleOutput('StatelessRandomUniform', attributes, [size, seed]);
  size.dispose();
  seed.dispose();
  return values;
}
