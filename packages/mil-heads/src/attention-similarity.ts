import { div, eye, matMul, maximum, mean, mul, type Scalar, sqrt, square, sub, sum, type Tensor3D } from '@tensorflow/tfjs-core';

/**
 * Mean cosine similarity of all pairs of branches' attention, mean over bags.
 *
 * @param attention - float32 [B, K, N], K ≥ 2
 * @see Zhang et al. 2024, arXiv 2311.07125, eq. 5 (the diversity loss)
 */
export function meanSimilarity(attention: Tensor3D): Scalar {
  const branches = attention.shape[1];
  const norms = maximum(sqrt(sum(square(attention), 2, true)), 1e-8);
  const unit = div(attention, norms);
  const apart = mul(matMul(unit, unit, false, true), sub(1, eye(branches)));
  return div(mean(sum(apart, [1, 2])), branches * (branches - 1)) as Scalar;
}
