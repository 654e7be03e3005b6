import * as tf from '@tensorflow/tfjs-core';

const EPSILON = 1e-7;

/** Options of {@link nllSurvival}. */
export interface NllSurvivalOptions {
  /** How much more uncensored cases count, 0 to 1; default 0. */
  readonly alpha?: number | undefined;
}

/**
 * Mean negative log-likelihood of discrete-time survival, in float32 as the reference: with `h = σ(z)`, `S_k = Π_{i≤k}(1 − h_i)`, `S_{−1} = 1`
 * an observed event in bin y costs `u = −log max(S_{y−1}, ε) − log max(h_y, ε)`, a censored case `c = −log max(S_y, ε)`;
 * the loss is the mean of `(1 − α)(c + u) + α·u`, ε = 1e-7.
 *
 * @param logits - float32 [B, K]
 * @param bins - time bin of each case, [B]
 * @param censored - 1 where the event was not observed, [B]
 * @see Zadeh and Schmid 2020, Bias in cross-entropy-based training of deep survival networks
 */
export function nllSurvival(
  logits: tf.Tensor2D,
  bins: readonly number[],
  censored: readonly number[],
  options: NllSurvivalOptions = {},
): tf.Scalar {
  const { alpha = 0 } = options;
  const [cases, binCount] = logits.shape;
  return tf.tidy(() => {
    const hazards = tf.sigmoid(logits);
    const alive = tf.split(tf.sub(1, hazards), binCount, 1);
    const survival: tf.Tensor[] = [tf.onesLike(alive[0] as tf.Tensor)];
    for (const share of alive) survival.push(tf.mul(survival.at(-1) as tf.Tensor, share));
    const padded = tf.concat(survival, 1);
    const before = chosen(padded, bins, binCount + 1);
    const after = chosen(
      padded,
      bins.map((bin) => bin + 1),
      binCount + 1,
    );
    const hazard = chosen(hazards, bins, binCount);
    const c = tf.tensor1d([...censored]);
    const uncensoredLoss = tf.neg(tf.mul(tf.sub(1, c), tf.add(safeLog(before), safeLog(hazard))));
    const censoredLoss = tf.neg(tf.mul(c, safeLog(after)));
    const both = tf.add(tf.mul(tf.add(censoredLoss, uncensoredLoss), 1 - alpha), tf.mul(uncensoredLoss, alpha));
    return tf.div(tf.sum(both), cases) as tf.Scalar;
  });
}

/** `values[i, at[i]]`, [B]. */
function chosen(values: tf.Tensor, at: readonly number[], width: number): tf.Tensor {
  const mask = new Float32Array(at.length * width);
  at.forEach((column, row) => {
    mask[row * width + column] = 1;
  });
  return tf.sum(tf.mul(values, tf.tensor2d(mask, [at.length, width])), 1);
}

function safeLog(values: tf.Tensor): tf.Tensor {
  return tf.log(tf.maximum(values, EPSILON));
}
