import * as tf from '@tensorflow/tfjs-core';

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
  const values = scores.dataSync();
  const margin = new Float32Array(rows * classes).fill(1);
  const truth = new Float32Array(rows * classes);
  const highest = new Float32Array(rows * classes);
  const hard = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const own = row * classes + (labels[row] as number);
    margin[own] = 0;
    truth[own] = 1;
    const at = (k: number): number => values[row * classes + k] as number;
    const order = Array.from({ length: classes }, (_, k) => k).sort((a, b) => at(b) - at(a));
    if (classes > 1 && Math.fround(at(order[0] as number) - at(order[1] as number)) >= HARD_LEAD) hard[row] = 1;
    const t = (k: number): number => at(k) + (margin[row * classes + k] as number);
    const best = order.reduce((a, b) => (t(b) > t(a) ? b : a));
    highest[row * classes + best] = 1;
  }
  return tf.tidy(() => {
    const shape: [number, number] = [rows, classes];
    const own = tf.sum(tf.mul(scores, tf.tensor2d(truth, shape)), 1, true);
    const t = tf.sub(tf.add(scores, tf.tensor2d(margin, shape)), own);
    // Masked rows must not reach the exponential: their overflow would make the gradient NaN.
    const isHard = tf.tensor1d(hard);
    const isSmooth = tf.sub(1, isHard);
    const smooth = tf.logSumExp(tf.mul(t, tf.expandDims(isSmooth, 1)), 1);
    const top = tf.sum(tf.mul(t, tf.tensor2d(highest, shape)), 1);
    return tf.mean(tf.add(tf.mul(smooth, isSmooth), tf.mul(top, isHard))) as tf.Scalar;
  });
}
