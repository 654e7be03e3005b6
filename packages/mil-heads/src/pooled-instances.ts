import { add, div, expandDims, max, mean, mul, sub, sum, type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';

/** Mean over instances: float32 [B, N, K] → [B, K]; `mask` [B, N] leaves padding out. */
export function meanOverInstances(x: Tensor, mask: Tensor2D | undefined): Tensor2D {
  if (mask === undefined) return mean(x, 1) as Tensor2D;
  return tidy(() => div(sum(mul(x, expandDims(mask, 2)), 1), sum(mask, 1, true)) as Tensor2D);
}

/** Maximum over instances: float32 [B, N, K] → [B, K]; `mask` [B, N] leaves padding out. */
export function maxOverInstances(x: Tensor, mask: Tensor2D | undefined): Tensor2D {
  if (mask === undefined) return max(x, 1) as Tensor2D;
  return tidy(() => max(add(x, mul(sub(expandDims(mask, 2), 1), 1e9)), 1) as Tensor2D);
}
