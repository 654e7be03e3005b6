import * as tf from '@tensorflow/tfjs-core';
import type { BatchNorm2d } from './batch-norm-2d.js';
import type { Conv2d } from './conv2d.js';
import { chain, type ImageLayer } from './image-layer.js';
import { release } from './image-pass.js';

/**
 * A convolution and the batch norm behind it. Where no gradient is taken and running statistics rule, the norm is folded
 * into the filter: γ/√(variance + ε) scales it, β − mean·γ/√(variance + ε) becomes a bias.
 */
export function convNorm(conv: Conv2d, norm: BatchNorm2d): ImageLayer {
  const both = chain([conv, norm]);
  return {
    forward(x, pass) {
      if (pass.training || pass.recording) return both.forward(x, pass);
      const { filter, bias } = fold(conv, norm);
      const y = pass.kernels.conv2dBias(x, filter, bias, conv.geometry, norm.activation);
      release(x, filter, bias);
      return { y, backward: unrecorded };
    },
  };
}

function fold(conv: Conv2d, norm: BatchNorm2d): { filter: tf.Tensor4D; bias: tf.Tensor1D } {
  const { scale, offset } = norm.affine;
  const { mean, variance } = norm.running;
  return tf.tidy(() => {
    const factor = tf.mul<tf.Tensor1D>(scale, tf.rsqrt(tf.add(variance, norm.epsilon)));
    const perChannel = conv.geometry.depthwise ? tf.reshape(factor, [-1, 1]) : factor;
    return { filter: tf.mul<tf.Tensor4D>(conv.filter, perChannel), bias: tf.sub<tf.Tensor1D>(offset, tf.mul(mean, factor)) };
  });
}

function unrecorded(): never {
  throw new Error('nothing was recorded in this pass');
}
