import {
  add,
  concat,
  log,
  logSoftmax,
  maximum,
  mean,
  mul,
  neg,
  oneHot,
  ones,
  reshape,
  type Scalar,
  sigmoid,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
} from '@tensorflow/tfjs-core';

/** Mean cross-entropy of logits [B, C] against classes int32 [B]. */
export function crossEntropy(logits: Tensor2D, labels: Tensor1D): Scalar {
  return tidy(() => neg(mean(sum(mul(logSoftmax(logits), oneHot(labels, logits.shape[1])), -1))) as Scalar);
}

/** Discrete-time negative log likelihood (SPEC §12, α = 0, ε = 1e-7) of logits [B, C]; `censored` 1 = no event, float32 [B]. */
export function survivalNll(logits: Tensor2D, bins: Tensor1D, censored: Tensor1D): Scalar {
  return tidy(() => {
    const [bags, count] = logits.shape;
    const hazards = sigmoid(logits);
    const survival: Tensor[] = [ones([bags, 1])];
    for (let k = 0; k < count; k++) {
      survival.push(mul(survival[k] as Tensor, sub(1, slice(hazards, [0, k], [bags, 1]))));
    }
    const chosen = oneHot(bins, count);
    const logAt = (values: Tensor): Tensor => log(maximum(sum(mul(values, chosen), 1), 1e-7));
    const before = logAt(concat(survival.slice(0, count), 1));
    const at = logAt(hazards);
    const after = logAt(concat(survival.slice(1), 1));
    const c = reshape(censored, [bags]);
    const events = mul(sub(1, c), add(before, at));
    return neg(mean(add(events, mul(c, after)))) as Scalar;
  });
}
