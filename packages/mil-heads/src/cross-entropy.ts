import { logSoftmax, mean, mul, neg, oneHot, type Scalar, sum, type Tensor1D, type Tensor2D, tidy } from '@tensorflow/tfjs-core';

/** Mean cross-entropy of logits float32 [B, C] against classes int32 [B]. */
export function crossEntropy(logits: Tensor2D, labels: Tensor1D): Scalar {
  return tidy(() => neg(mean(sum(mul(logSoftmax(logits), oneHot(labels, logits.shape[1])), -1))) as Scalar);
}
