import { add, mul, softmax, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** Added to a masked score: far below any real one, yet finite so that differences stay defined. */
const MASKED = -1e9;

/**
 * Softmax over the last axis in which masked places get weight 0.
 *
 * @param scores - float32 […, N]
 * @param mask - 1 = counts, 0 = masked, broadcastable to `scores`; absent = all count
 */
export function maskedSoftmax(scores: Tensor, mask?: Tensor): Tensor {
  return tidy(() => softmax(mask === undefined ? scores : add(mul(scores, mask), mul(sub(1, mask), MASKED))));
}
