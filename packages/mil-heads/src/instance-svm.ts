import {
  abs,
  add,
  greaterEqual,
  logSumExp,
  max,
  mean,
  mul,
  oneHot,
  type Scalar,
  sub,
  sum,
  type Tensor1D,
  type Tensor2D,
  tidy,
  unstack,
  where,
} from '@tensorflow/tfjs-core';

/** Gap of scores above which the maximum stands for its smooth form, as in the paper's code. */
const SMOOTH_UP_TO = Math.log(1000);

/**
 * Smooth top-1 SVM of two-class scores with margin and temperature 1, mean over rows: log Σ_j exp(s_j + [j ≠ y] − s_y).
 *
 * @param scores - float32 [R, 2]
 * @param targets - int32 [R]
 * @see Berrada, Zisserman and Kumar 2018, Smooth Loss Functions for Deep Top-k Classification, arXiv 1802.07595
 */
export function smoothTopOneSvm(scores: Tensor2D, targets: Tensor1D): Scalar {
  return tidy(() => {
    const chosen = oneHot(targets, 2);
    const margin = sub(1, chosen);
    const terms = sub(add(scores, margin), sum(mul(scores, chosen), 1, true));
    const [first, second] = unstack(scores, 1) as [Tensor1D, Tensor1D];
    const far = greaterEqual(abs(sub(first, second)), SMOOTH_UP_TO);
    return mean(where(far, max(terms, 1), logSumExp(terms, 1))) as Scalar;
  });
}
