import { relu, sigmoid, type Tensor, tanh } from '@tensorflow/tfjs-core';
import { gelu } from './gelu.js';

/** Names of {@link activate}. */
export type ActivationName = 'relu' | 'gelu' | 'tanh' | 'sigmoid' | 'none';

/** Applies an activation by name, element by element. */
export function activate(name: ActivationName, x: Tensor): Tensor {
  switch (name) {
    case 'relu':
      return relu(x);
    case 'gelu':
      return gelu(x);
    case 'tanh':
      return tanh(x);
    case 'sigmoid':
      return sigmoid(x);
    case 'none':
      return x;
  }
}
