import { customGrad, type Tensor, zerosLike } from '@tensorflow/tfjs-core';

/** Computes what has no gradient, such as indices, from `x`, off the gradient's tape. */
export function withoutGradient<T extends Tensor>(x: Tensor, compute: (x: Tensor) => T): T {
  return customGrad((value) => ({ value: compute(value as Tensor), gradFunc: () => zerosLike(value as Tensor) }))(x) as T;
}
