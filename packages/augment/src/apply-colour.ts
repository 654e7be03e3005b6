import * as tf from '@tensorflow/tfjs-core';
import type { ColourChange } from './tile-transform.js';

const GREY = [0.299, 0.587, 0.114] as const;

/**
 * Changes the colours of each tile.
 *
 * @param tiles - 0–255, float32 [T, h, w, 3]
 * @param changes - one a tile; `null` leaves it
 * @returns 0–255, float32 [T, h, w, 3]
 */
export function applyColour(tiles: tf.Tensor4D, changes: readonly (ColourChange | null)[]): tf.Tensor4D {
  if (changes.every((change) => change === null)) return tf.clone(tiles);
  const [count, height, width] = tiles.shape;
  return tf.tidy(() => {
    const parts = tf.unstack(tf.reshape(tiles, [count, height * width, 3])) as tf.Tensor2D[];
    const changed = parts.map((pixels, i) => {
      const change = changes[i] ?? null;
      return change === null ? pixels : changeOne(pixels, change);
    });
    return tf.reshape(tf.stack(changed), [count, height, width, 3]);
  });
}

function changeOne(pixels: tf.Tensor2D, change: ColourChange): tf.Tensor2D {
  return tf.tidy(() => {
    const matrix = tf.tensor2d([...change.matrix], [3, 3]);
    const offset = tf.tensor1d([...change.offset]);
    const mixed = (values: tf.Tensor2D): tf.Tensor2D => tf.add(tf.matMul(values, matrix), offset);
    const density = (values: tf.Tensor2D): tf.Tensor2D => tf.neg(tf.log(tf.div(tf.add(values, 1), 256)));
    const colour = change.space === 'rgb' ? mixed(pixels) : tf.sub(tf.mul(tf.exp(tf.neg(mixed(density(pixels)))), 256), 1);
    const clipped = tf.clipByValue(colour, 0, 255) as tf.Tensor2D;
    if (change.contrast === 1) return clipped;
    const grey = tf.mean(tf.sum(tf.mul(clipped, tf.tensor1d([...GREY])), 1));
    return tf.clipByValue(tf.add(tf.mul(clipped, change.contrast), tf.mul(grey, 1 - change.contrast)), 0, 255) as tf.Tensor2D;
  });
}
