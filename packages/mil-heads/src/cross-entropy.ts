import { logSoftmax, mean, mul, neg, oneHot, type Scalar, sum, type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { HeadInput } from './head.js';

/** Mean cross-entropy of logits float32 [B, C] against classes int32 [B]. */
function crossEntropy(logits: Tensor2D, labels: Tensor1D): Scalar {
  return tidy(() => neg(mean(sum(mul(logSoftmax(logits), oneHot(labels, logits.shape[1])), -1))) as Scalar);
}

/** What an auxiliary loss takes of logits [B, C]: the task's criterion, else cross-entropy with the labels; `undefined` without either. */
export function bagCriterion({ criterion, labels }: HeadInput): ((logits: Tensor2D) => Scalar) | undefined {
  return criterion ?? (labels === undefined ? undefined : (logits) => crossEntropy(logits, labels));
}
