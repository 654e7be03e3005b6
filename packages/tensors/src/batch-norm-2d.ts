import * as tf from '@tensorflow/tfjs-core';
import type { ImageLayer, ImageStep } from './image-layer.js';
import { type ImagePass, release } from './image-pass.js';
import type { Activation, BatchNormAffine, BatchNormStatistics } from './kernels/kernels.js';
import { Module } from './module.js';
import type { Parameter } from './parameter.js';

/** Options of {@link BatchNorm2d}, with PyTorch's defaults. */
export interface BatchNorm2dOptions {
  readonly epsilon?: number;
  /** Share of the batch in the running statistics; default 0.1. */
  readonly momentum?: number;
  /** First value of `weight`; default 1. */
  readonly initialScale?: number;
  readonly activation?: Activation;
}

/**
 * Batch norm over images and what follows it. In training, running statistics take in the batch's mean and unbiased
 * variance (Ioffe & Szegedy 2015).
 */
export class BatchNorm2d extends Module implements ImageLayer {
  readonly epsilon: number;
  readonly activation: Activation;
  readonly #momentum: number;
  readonly #weight: Parameter;
  readonly #bias: Parameter;
  readonly #runningMean: Parameter;
  readonly #runningVariance: Parameter;
  readonly #batches: Parameter;

  constructor(channels: number, options: BatchNorm2dOptions = {}) {
    super();
    this.epsilon = options.epsilon ?? 1e-5;
    this.activation = options.activation ?? 'none';
    this.#momentum = options.momentum ?? 0.1;
    this.#weight = this.parameter('weight', tf.fill([channels], options.initialScale ?? 1));
    this.#bias = this.parameter('bias', tf.zeros([channels]));
    this.#runningMean = this.buffer('running_mean', tf.zeros([channels]));
    this.#runningVariance = this.buffer('running_var', tf.ones([channels]));
    this.#batches = this.buffer('num_batches_tracked', tf.scalar(0, 'int32'), { dtype: 'int64' });
  }

  /** γ and β, [C] each. */
  get affine(): BatchNormAffine {
    return { scale: this.#weight.variable as tf.Tensor1D, offset: this.#bias.variable as tf.Tensor1D };
  }

  /** Running mean and variance, [C] each. */
  get running(): BatchNormStatistics {
    return { mean: this.#runningMean.variable as tf.Tensor1D, variance: this.#runningVariance.variable as tf.Tensor1D };
  }

  forward(x: tf.Tensor4D, pass: ImagePass): ImageStep {
    return pass.training ? this.#byBatch(x, pass) : this.#byRunning(x, pass);
  }

  #byBatch(x: tf.Tensor4D, pass: ImagePass): ImageStep {
    const { kernels } = pass;
    const { y, mean, variance, reserved } = kernels.batchNormTraining(x, this.affine, this.epsilon, this.activation);
    if (pass.updateStatistics) this.#update(mean, variance);
    const held = reserved.map((tensor) => pass.hold(tensor));
    const input = pass.hold(x);
    const output = this.activation === 'none' ? undefined : pass.hold(y);
    release(mean, variance, ...reserved, x);
    return {
      y,
      backward: (dy) => {
        const before = this.#throughActivation(dy, output, pass);
        const kept = held.map((get) => get());
        const gradient = kernels.batchNormTrainingGradient(before, input(), this.affine.scale, kept, this.epsilon);
        release(before, input(), ...kept);
        this.#note(gradient.dScale, gradient.dOffset, pass);
        return gradient.dx;
      },
    };
  }

  #byRunning(x: tf.Tensor4D, pass: ImagePass): ImageStep {
    const { kernels } = pass;
    const y = kernels.batchNormInference(x, this.affine, this.running, this.epsilon, this.activation);
    const input = pass.hold(x);
    const output = this.activation === 'none' ? undefined : pass.hold(y);
    release(x);
    return {
      y,
      backward: (dy) => {
        const before = this.#throughActivation(dy, output, pass);
        const gradient = kernels.batchNormInferenceGradient(before, input(), this.affine.scale, this.running, this.epsilon);
        release(before, input());
        this.#note(gradient.dScale, gradient.dOffset, pass);
        return gradient.dx;
      },
    };
  }

  #throughActivation(dy: tf.Tensor4D, output: (() => tf.Tensor4D) | undefined, pass: ImagePass): tf.Tensor4D {
    if (output === undefined) return dy;
    const before = pass.kernels.activationGradient(dy, output(), this.activation);
    release(dy, output());
    return before;
  }

  #note(dScale: tf.Tensor1D, dOffset: tf.Tensor1D, pass: ImagePass): void {
    pass.setGradient(this.#weight, dScale);
    pass.setGradient(this.#bias, dOffset);
  }

  #update(mean: tf.Tensor1D, variance: tf.Tensor1D): void {
    tf.tidy(() => {
      blend(this.#runningMean, mean, this.#momentum);
      blend(this.#runningVariance, variance, this.#momentum);
      this.#batches.variable.assign(tf.add(this.#batches.variable, tf.scalar(1, 'int32')));
    });
  }
}

function blend({ variable }: Parameter, fresh: tf.Tensor1D, momentum: number): void {
  variable.assign(tf.add(tf.mul(variable, 1 - momentum), tf.mul(fresh, momentum)));
}
