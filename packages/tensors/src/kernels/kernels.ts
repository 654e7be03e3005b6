import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { ConvGeometry, FilterShape, ImageShape } from './conv-geometry.js';

/** What follows a normalisation: nothing, max(x, 0), or min(max(x, 0), 6). */
export type Activation = 'none' | 'relu' | 'relu6';

/** Per-channel γ and β of a batch norm, float32 [C] each. */
export interface BatchNormAffine {
  readonly scale: Tensor1D;
  readonly offset: Tensor1D;
}

/** Running mean and variance of a batch norm, float32 [C] each. */
export interface BatchNormStatistics {
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

/** Batch norm by the statistics of the batch. */
export interface BatchNormOutput {
  readonly y: Tensor4D;
  /** Mean of the batch, float32 [C]. */
  readonly mean: Tensor1D;
  /** Unbiased variance of the batch (n − 1), float32 [C]: what running statistics take in. */
  readonly variance: Tensor1D;
  /** What the gradient wants back, in an order of its own. */
  readonly reserved: readonly Tensor[];
}

/** Gradients of a batch norm. */
export interface BatchNormGradient {
  readonly dx: Tensor4D;
  readonly dScale: Tensor1D;
  readonly dOffset: Tensor1D;
}

/** A pooled image and what its gradient wants back. */
export interface PoolOutput {
  readonly y: Tensor4D;
  readonly reserved: readonly Tensor[];
}

/** How 8-bit values become numbers: (v − mean) / std, per channel. */
export interface ChannelNormalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/**
 * The operations of image encoders and their gradients, outside tfjs' autograd. Images are float32 [T, h, w, C], filters
 * [kh, kw, in, out] ([kh, kw, C, 1] when depth-wise). No operation frees its inputs; the caller owns what comes out.
 *
 * The portable form runs on any tfjs backend; an engine package installs a faster one with {@link installKernels}.
 */
export interface Kernels {
  /** `portable`, or the engine's name. */
  readonly name: string;
  /**
   * Slower ones to take instead where gradients are taken by running statistics: there a value on relu's kink that another
   * rounding puts on its other side moves a gradient by a thousandth, and nothing averages it out.
   */
  readonly careful?: Kernels | undefined;
  conv2d(x: Tensor4D, filter: Tensor4D, geometry: ConvGeometry): Tensor4D;
  /** Convolution, plus [C] on every pixel, then the activation: what a batch norm folded into its convolution leaves. */
  conv2dBias(x: Tensor4D, filter: Tensor4D, bias: Tensor1D, geometry: ConvGeometry, activation: Activation): Tensor4D;
  conv2dInputGradient(dy: Tensor4D, filter: Tensor4D, inputShape: ImageShape, geometry: ConvGeometry): Tensor4D;
  conv2dFilterGradient(dy: Tensor4D, x: Tensor4D, filterShape: FilterShape, geometry: ConvGeometry): Tensor4D;
  /** Batch norm by batch statistics, then the activation. */
  batchNormTraining(x: Tensor4D, affine: BatchNormAffine, epsilon: number, activation: Activation): BatchNormOutput;
  /** @param dy - gradient before the activation, that is, already through {@link Kernels.activationGradient} */
  batchNormTrainingGradient(dy: Tensor4D, x: Tensor4D, scale: Tensor1D, reserved: readonly Tensor[], epsilon: number): BatchNormGradient;
  /** Batch norm by running statistics, then the activation. */
  batchNormInference(x: Tensor4D, affine: BatchNormAffine, running: BatchNormStatistics, epsilon: number, activation: Activation): Tensor4D;
  batchNormInferenceGradient(dy: Tensor4D, x: Tensor4D, scale: Tensor1D, running: BatchNormStatistics, epsilon: number): BatchNormGradient;
  activate(x: Tensor4D, activation: Activation): Tensor4D;
  /** @param y - output of the activation */
  activationGradient(dy: Tensor4D, y: Tensor4D, activation: Activation): Tensor4D;
  add(a: Tensor4D, b: Tensor4D): Tensor4D;
  addRelu(a: Tensor4D, b: Tensor4D): Tensor4D;
  /** max(pool(x), 0) with 3×3 windows, stride 2, padding 1: the pool of a relu, taken on a quarter of the data. */
  maxPoolRelu(x: Tensor4D): PoolOutput;
  maxPoolReluGradient(dy: Tensor4D, y: Tensor4D, reserved: readonly Tensor[], inputShape: ImageShape): Tensor4D;
  /** Mean over h and w: [T, C]. */
  globalAveragePool(x: Tensor4D): Tensor2D;
  globalAveragePoolGradient(dy: Tensor2D, inputShape: ImageShape): Tensor4D;
  /** 8-bit pixels to a normalised image. @param shape - [T, h, w, 3] */
  uploadTiles(pixels: Uint8Array, shape: ImageShape, normalisation: ChannelNormalisation): Tensor4D;
  /** Uniform in [0, 1), the same for the same key (two 32-bit words) on this engine. */
  randomUniform(shape: readonly number[], key: readonly [number, number]): Tensor;
}
