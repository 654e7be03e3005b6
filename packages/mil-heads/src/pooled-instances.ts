import {
  add,
  argMax,
  div,
  expandDims,
  max,
  mean,
  mul,
  oneHot,
  ones,
  range,
  reshape,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  tidy,
  transpose,
  unsortedSegmentSum,
} from '@tensorflow/tfjs-core';
import { paddingPenalty } from './padding-penalty.js';

/** Mean over instances: float32 [B, N, K] → [B, K]; `mask` [B, N] leaves padding out. */
export function meanOverInstances(x: Tensor, mask: Tensor2D | undefined): Tensor2D {
  if (mask === undefined) return mean(x, 1) as Tensor2D;
  return tidy(() => div(sum(mul(x, expandDims(mask, 2)), 1), sum(mask, 1, true)) as Tensor2D);
}

/** Maximum over instances: float32 [B, N, K] → [B, K]; `mask` [B, N] leaves padding out. */
export function maxOverInstances(x: Tensor, mask: Tensor2D | undefined): Tensor2D {
  if (mask === undefined) return max(x, 1) as Tensor2D;
  return tidy(() => max(add(x, expandDims(paddingPenalty(mask), 2)), 1) as Tensor2D);
}

/** The attention of a mean: 1 / N for each of N real instances, float32 [B, N]. */
export function uniformAttention(x: Tensor, mask: Tensor2D | undefined): Tensor2D {
  const [bags, count] = x.shape as [number, number, number];
  if (mask === undefined) return tidy(() => div(ones([bags, count]), count) as Tensor2D);
  return tidy(() => div(mask, sum(mask, 1, true)) as Tensor2D);
}

/** The attention of a maximum: 1 for the instance that it came from, float32 [B, N, K] → [B, K, N]. Not differentiable. */
export function maxAttention(x: Tensor, mask: Tensor2D | undefined): Tensor3D {
  const [bags, count, width] = x.shape as [number, number, number];
  return tidy(() => {
    // A code of a single place is refused.
    if (count === 1) return ones([bags, width, 1]) as Tensor3D;
    const real = mask === undefined ? x : add(x, expandDims(paddingPenalty(mask), 2));
    return oneHot(argMax(transpose(real, [0, 2, 1]), 2) as unknown as Tensor1D, count, 1, 0, 'float32') as Tensor3D;
  });
}

/** Share of the K maxima that come from each instance, float32 [B, N, K] → [B, N]. Not differentiable. */
export function maxShare(x: Tensor, mask: Tensor2D | undefined): Tensor2D {
  const [bags, count, width] = x.shape as [number, number, number];
  return tidy(() => {
    const real = mask === undefined ? x : add(x, expandDims(paddingPenalty(mask), 2));
    const places = add(argMax(real, 1), reshape(range(0, bags * count, count, 'int32'), [bags, 1]));
    const hits = unsortedSegmentSum(ones([bags * width]), reshape(places, [-1]) as Tensor1D, bags * count);
    return reshape(div(hits, width), [bags, count]) as Tensor2D;
  });
}

/** A way to pool instances and what it makes of them: which took part, and how much. */
export interface InstancePooling {
  /** float32 [B, N, K] → [B, K]. */
  pool(x: Tensor, mask: Tensor2D | undefined): Tensor2D;
  /** float32 [B, N] or [B, K, N], rows sum to 1. */
  attention(x: Tensor, mask: Tensor2D | undefined): Tensor;
}
