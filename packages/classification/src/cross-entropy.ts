import * as tf from '@tensorflow/tfjs-core';

/** Options of {@link crossEntropy}. */
export interface CrossEntropyOptions {
  /** Weight of each class, [C]; the mean is then over the weights of the labels, as in PyTorch. */
  readonly classWeights?: readonly number[] | undefined;
  /** Share of the target spread over all classes; default 0. */
  readonly labelSmoothing?: number | undefined;
}

/**
 * Mean cross-entropy of logits against class indices: `−Σᵢ Σ_c q_ic log softmax(z_i)_c / Σᵢ w_{yᵢ}` with
 * `q_ic = w_c((1 − ε)[c = yᵢ] + ε/C)`.
 *
 * @param logits - float32 [B, C]
 * @param labels - class index of each bag, [B]
 */
export function crossEntropy(logits: tf.Tensor2D, labels: readonly number[], options: CrossEntropyOptions = {}): tf.Scalar {
  const { classWeights, labelSmoothing = 0 } = options;
  const [bags, classes] = logits.shape;
  const weightOf = (label: number): number => classWeights?.[label] ?? 1;
  const targets = new Float32Array(bags * classes);
  for (let bag = 0; bag < bags; bag++) {
    for (let label = 0; label < classes; label++) {
      const share = (labels[bag] === label ? 1 - labelSmoothing : 0) + labelSmoothing / classes;
      targets[bag * classes + label] = weightOf(label) * share;
    }
  }
  const total = labels.reduce((sum, label) => sum + weightOf(label), 0);
  return tf.tidy(() => {
    const weighted = tf.mul(tf.logSoftmax(logits, -1), tf.tensor2d(targets, [bags, classes]));
    return tf.div(tf.neg(tf.sum(weighted)), total) as tf.Scalar;
  });
}
