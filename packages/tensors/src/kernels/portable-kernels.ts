import * as tf from '@tensorflow/tfjs-core';
import type { Activation, Kernels } from './kernels.js';
import * as batchNorm from './portable-batch-norm.js';
import * as conv from './portable-conv.js';
import * as pool from './portable-pool.js';
import { randomUniform } from './portable-random.js';
import { uploadTiles } from './portable-upload.js';

function activate(x: tf.Tensor4D, activation: Activation): tf.Tensor4D {
  if (activation === 'none') return tf.clone(x);
  return activation === 'relu' ? tf.relu(x) : tf.relu6(x);
}

function activationGradient(dy: tf.Tensor4D, y: tf.Tensor4D, activation: Activation): tf.Tensor4D {
  if (activation === 'none') return tf.clone(dy);
  return tf.tidy(() => {
    const open = tf.greater(y, 0);
    const passes = activation === 'relu' ? open : tf.logicalAnd(open, tf.less(y, 6));
    return tf.mul(dy, tf.cast(passes, 'float32'));
  });
}

/** Kernels in tfjs operations only: slower, and right on every backend. */
export const portableKernels: Kernels = {
  name: 'portable',
  ...conv,
  ...pool,
  batchNormTraining: (x, affine, epsilon, activation) => batchNorm.training(x, affine, epsilon, (y) => activate(y, activation)),
  batchNormTrainingGradient: batchNorm.trainingGradient,
  batchNormInference: (x, affine, running, epsilon, activation) =>
    tf.tidy(() => activate(batchNorm.inference(x, affine, running, epsilon), activation)),
  batchNormInferenceGradient: batchNorm.inferenceGradient,
  conv2dBias: (x, filter, bias, geometry, activation) =>
    tf.tidy(() => activate(tf.add(conv.conv2d(x, filter, geometry), bias), activation)),
  activate,
  activationGradient,
  add: (a, b) => tf.add(a, b),
  addRelu: (a, b) => tf.tidy(() => tf.relu(tf.add(a, b) as tf.Tensor4D)),
  uploadTiles,
  randomUniform,
};
