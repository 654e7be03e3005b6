import type { ForwardContext } from '@slidestream/tensors';
import { mul, type Tensor, tensor } from '@tensorflow/tfjs-core';

/**
 * Leaves a residual branch out for a tile with probability `rate` and scales it by 1 / (1 − rate) otherwise, in training. What is left
 * out depends on `context.random` and `path` alone.
 *
 * @param x - float32 [T, …]
 * @see Huang et al. 2016, Deep networks with stochastic depth, in the form of Larsson et al. 2017
 */
export function dropPath(x: Tensor, rate: number, context: ForwardContext, path: string): Tensor {
  if (!context.training || rate <= 0) return x;
  const random = context.random.fork('drop-path', path);
  const kept = Float32Array.from({ length: x.shape[0] as number }, () => (random.uniform() < rate ? 0 : 1 / (1 - rate)));
  return mul(x, tensor(kept, [kept.length, ...x.shape.slice(1).map(() => 1)]));
}
