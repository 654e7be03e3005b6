import { mul, type Tensor, tensor, tidy } from '@tensorflow/tfjs-core';
import type { ForwardContext } from './forward-context.js';

/**
 * Zeroes each value with probability `rate` and scales the rest by 1 / (1 − rate) in training; identity otherwise.
 * The mask depends on `context.random` and `path` alone, so that a recomputed pass drops the same values.
 *
 * @param path - name of this dropout within the model, distinct from every other's
 */
export function dropout(x: Tensor, rate: number, context: ForwardContext, path: string): Tensor {
  if (!context.training || rate <= 0) return x;
  return tidy(() => {
    const random = context.random.fork('dropout', path);
    const threshold = rate * 0x100000000;
    const scale = rate >= 1 ? 0 : 1 / (1 - rate);
    const mask = new Float32Array(x.size);
    for (let i = 0; i < mask.length; i++) mask[i] = random.uint32() >= threshold ? scale : 0;
    return mul(x, tensor(mask, x.shape));
  });
}
