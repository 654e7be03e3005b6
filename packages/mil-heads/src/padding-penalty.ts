import { expandDims, mul, reshape, sub, type Tensor, type Tensor2D, tile } from '@tensorflow/tfjs-core';

/** What keeps padding from being chosen when it is added to scores: float32 [B, N] of ones and zeros → 0 and −1e9. */
export function paddingPenalty(mask: Tensor2D): Tensor {
  return mul(sub(mask, 1), 1e9);
}

/** [B, N] of ones and zeros → [B·H, 1, N] of 0 and −1e9. */
export function keyPenalty(mask: Tensor2D, heads: number): Tensor {
  const [bags, count] = mask.shape;
  return reshape(tile(expandDims(paddingPenalty(mask), 1), [1, heads, 1]), [bags * heads, 1, count]);
}
