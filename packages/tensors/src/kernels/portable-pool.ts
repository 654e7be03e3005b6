import * as tf from '@tensorflow/tfjs-core';
import type { ImageShape } from './conv-geometry.js';
import type { PoolOutput } from './kernels.js';

const WINDOW = { filterSize: [3, 3], strides: [2, 2], pad: 'valid' };

/** Zeros may stand for PyTorch's −∞ around the image: relu would clip what they stand for. */
export function maxPoolRelu(x: tf.Tensor4D): PoolOutput {
  const padded = tf.pad(x, [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  const pooled = tf.maxPool(padded, 3, 2, 'valid');
  return { y: tf.relu(pooled), reserved: [padded, pooled] };
}

/** Gradient of {@link maxPoolRelu}. */
export function maxPoolReluGradient(dy: tf.Tensor4D, y: tf.Tensor4D, reserved: readonly tf.Tensor[], inputShape: ImageShape): tf.Tensor4D {
  const [input, output] = reserved as [tf.Tensor4D, tf.Tensor4D];
  return tf.tidy(() => {
    const through = tf.mul<tf.Tensor4D>(dy, tf.cast(tf.greater(y, 0), 'float32'));
    const dx = tf.engine().runKernel<tf.Tensor4D>('MaxPoolGrad', { dy: through, input, output }, { ...WINDOW });
    return tf.slice(dx, [0, 1, 1, 0], [...inputShape]);
  });
}

/** Mean over height and width. */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  return tf.mean<tf.Tensor2D>(x, [1, 2]);
}

/** Gradient of {@link globalAveragePool}. */
export function globalAveragePoolGradient(dy: tf.Tensor2D, inputShape: ImageShape): tf.Tensor4D {
  const [tiles, height, width, channels] = inputShape;
  return tf.tidy(() => {
    const share = tf.div<tf.Tensor4D>(tf.reshape(dy, [tiles, 1, 1, channels]), height * width);
    return tf.broadcastTo(share, [...inputShape]);
  });
}
