import * as tf from '@tensorflow/tfjs-core';

/**
 * Mean binary cross-entropy of logits over bags and outputs, stable for large logits: `max(z, 0) − z·y + log(1 + e^−|z|)`.
 *
 * @param logits - float32 [B, C]
 * @param targets - 0 to 1, row-major [B, C]
 */
export function binaryCrossEntropy(logits: tf.Tensor2D, targets: Float32Array): tf.Scalar {
  return tf.tidy(() => {
    const y = tf.tensor2d(targets, logits.shape);
    const losses = tf.add(tf.sub(tf.relu(logits), tf.mul(logits, y)), tf.log1p(tf.exp(tf.neg(tf.abs(logits)))));
    return tf.mean(losses) as tf.Scalar;
  });
}

/** Targets of class indices: one output = the positive class, more = one against the rest. */
export function binaryTargets(labels: readonly number[], outputs: number): Float32Array {
  if (outputs === 1) return Float32Array.from(labels);
  const targets = new Float32Array(labels.length * outputs);
  labels.forEach((label, bag) => {
    targets[bag * outputs + label] = 1;
  });
  return targets;
}
