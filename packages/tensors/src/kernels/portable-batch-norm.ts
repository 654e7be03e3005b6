import * as tf from '@tensorflow/tfjs-core';
import type { BatchNormAffine, BatchNormGradient, BatchNormOutput, BatchNormStatistics } from './kernels.js';

const PIXELS = [0, 1, 2];

/** Batch norm by the statistics of the batch (Ioffe & Szegedy 2015, algorithm 1). */
export function training(
  x: tf.Tensor4D,
  { scale, offset }: BatchNormAffine,
  epsilon: number,
  activate: (y: tf.Tensor4D) => tf.Tensor4D,
): BatchNormOutput {
  const [y, mean, variance, inverse] = tf.tidy(() => {
    const { mean, variance } = tf.moments(x, PIXELS);
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const y = activate(tf.add(tf.mul(tf.sub(x, mean), tf.mul(inverse, scale)), offset));
    const count = pixelsOf(x);
    return [y, mean as tf.Tensor1D, tf.mul(variance, count / Math.max(count - 1, 1)) as tf.Tensor1D, inverse as tf.Tensor1D];
  });
  return { y, mean, variance, reserved: [tf.clone(mean), inverse] };
}

/** Gradient of {@link training}; `reserved` is batch mean and 1/√(variance + ε). */
export function trainingGradient(dy: tf.Tensor4D, x: tf.Tensor4D, scale: tf.Tensor1D, reserved: readonly tf.Tensor[]): BatchNormGradient {
  const [mean, inverse] = reserved as [tf.Tensor1D, tf.Tensor1D];
  const [dx, dScale, dOffset] = tf.tidy(() => {
    const normalised = tf.mul(tf.sub(x, mean), inverse);
    const dOffset = tf.sum<tf.Tensor1D>(dy, PIXELS);
    const dScale = tf.sum<tf.Tensor1D>(tf.mul(dy, normalised), PIXELS);
    const count = pixelsOf(x);
    const centred = tf.sub(dy, tf.add(tf.div(dOffset, count), tf.mul(normalised, tf.div(dScale, count))));
    return [tf.mul<tf.Tensor4D>(centred, tf.mul(inverse, scale)), dScale, dOffset];
  });
  return { dx, dScale, dOffset };
}

/** Batch norm by running statistics. */
export function inference(x: tf.Tensor4D, { scale, offset }: BatchNormAffine, running: BatchNormStatistics, epsilon: number): tf.Tensor4D {
  return tf.batchNorm4d(x, running.mean, running.variance, offset, scale, epsilon);
}

/** Gradient of {@link inference}: running statistics are constants. */
export function inferenceGradient(
  dy: tf.Tensor4D,
  x: tf.Tensor4D,
  scale: tf.Tensor1D,
  running: BatchNormStatistics,
  epsilon: number,
): BatchNormGradient {
  const [dx, dScale, dOffset] = tf.tidy(() => {
    const inverse = tf.rsqrt(tf.add(running.variance, epsilon));
    const normalised = tf.mul(tf.sub(x, running.mean), inverse);
    return [
      tf.mul<tf.Tensor4D>(dy, tf.mul(inverse, scale)),
      tf.sum<tf.Tensor1D>(tf.mul(dy, normalised), PIXELS),
      tf.sum<tf.Tensor1D>(dy, PIXELS),
    ];
  });
  return { dx, dScale, dOffset };
}

function pixelsOf(x: tf.Tensor4D): number {
  return x.shape[0] * x.shape[1] * x.shape[2];
}
