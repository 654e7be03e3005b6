import type { Activation, Kernels } from '@slidestream/tensors';
import { clone, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { attributeMaker, type NodeBackend } from './node-backend.js';

type ActivationKernels = Pick<Kernels, 'activate' | 'activationGradient' | 'add' | 'addRelu'>;

const OP: Readonly<Record<Exclude<Activation, 'none'>, string>> = { relu: 'Relu', relu6: 'Relu6' };

/** Element-wise kernels with one native call each. */
export function activationKernels(backend: NodeBackend): ActivationKernels {
  const attribute = attributeMaker(backend.binding);
  const float = [attribute.type('T', 'float32')];
  const call = (op: string, ...inputs: Tensor[]): Tensor4D => backend.executeSingleOutput(op, float, inputs) as Tensor4D;
  const then = (x: Tensor4D, activation: Activation): Tensor4D => {
    if (activation === 'none') return x;
    const y = call(OP[activation], x);
    x.dispose();
    return y;
  };
  return {
    activate: (x, activation) => (activation === 'none' ? clone(x) : call(OP[activation], x)),
    activationGradient: (dy, y, activation) => (activation === 'none' ? clone(dy) : call(`${OP[activation]}Grad`, dy, y)),
    add: (a, b) => call('AddV2', a, b),
    addRelu: (a, b) => then(call('AddV2', a, b), 'relu'),
  };
}
