import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from './without-gradient.js';

/** From this lead of the best over the second score on, the smooth maximum is taken for the maximum itself. */
const HARD_LEAD = Math.log(1000);

/**
 * Smooth top-1 SVM loss with α = τ = 1, CLAM's instance loss: with `t_j = s_j + [j ≠ y] − s_y` a row costs `log Σ_j exp t_j`, or
 * `max_j t_j` where the best score leads the second by at least ln 1000; the mean over the rows.
 *
 * @param scores - float32 [N, C]
 * @param labels - class index of each row, [N]
 * @returns differentiable scalar
 * @see Berrada, Zisserman and Kumar 2018, Smooth loss functions for deep top-k classification, eq. 8
 */
export function smoothTop1Svm(scores: tf.Tensor2D, labels: ArrayLike<number>): tf.Scalar {
  const [rows, classes] = scores.shape;
  const truth = new Float32Array(rows * classes);
  for (let row = 0; row < rows; row++) truth[row * classes + (labels[row] as number)] = 1;
  return tf.tidy(() => {
    const isOwn = tf.tensor2d(truth, [rows, classes]);
    const own = tf.sum(tf.mul(scores, isOwn), 1, true);
    const t = tf.sub(tf.add(scores, tf.sub(1, isOwn)), own);
    // Masked rows must not reach the exponential: their overflow would make the gradient NaN.
    const isHard =
      classes === 1 ? tf.zeros([rows]) : withoutGradient(scores, (values) => tf.cast(tf.greaterEqual(lead(values), HARD_LEAD), 'float32'));
    const isSmooth = tf.sub(1, isHard);
    const smooth = tf.logSumExp(tf.mul(t, tf.expandDims(isSmooth, 1)), 1);
    const isHighest = withoutGradient(t, (values) => tf.oneHot(tf.argMax(values, 1) as tf.Tensor1D, classes, 1, 0, 'float32'));
    const top = tf.sum(tf.mul(t, isHighest), 1);
    return tf.mean(tf.add(tf.mul(smooth, isSmooth), tf.mul(top, isHard))) as tf.Scalar;
  });
}

/** By how much the best score of each row leads the second: [N]. */
function lead(scores: tf.Tensor): tf.Tensor {
  const [best, second] = tf.unstack(tf.topk(scores, 2).values, 1) as [tf.Tensor, tf.Tensor];
  return tf.sub(best, second);
}
