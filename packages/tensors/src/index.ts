/**
 * Modules with named parameters, kernels and their gradients, initialisers.
 *
 * @packageDocumentation
 */

export type { ActivationName } from './activation.js';
export { activate } from './activation.js';
export { FeatureBatchNorm } from './batch-norm.js';
export type { BatchNorm2dOptions } from './batch-norm-2d.js';
export { BatchNorm2d } from './batch-norm-2d.js';
export { insideShape, outsideShape, toInside, toOutside } from './border-layout.js';
export { convNorm } from './conv-norm.js';
export type { Conv2dOptions } from './conv2d.js';
export { Conv2d } from './conv2d.js';
export { dropout } from './dropout.js';
export { FeedForward } from './feed-forward.js';
export type { ForwardContext } from './forward-context.js';
export { gelu } from './gelu.js';
export type { ImageLayer, ImageStep } from './image-layer.js';
export { chain } from './image-layer.js';
export type { Held, ImagePassOptions } from './image-pass.js';
export { ImagePass, release } from './image-pass.js';
export type { ImageStage } from './image-stages.js';
export { frozenStages, imageStageMaps, runImageStages } from './image-stages.js';
export type { Fans, Initialiser } from './initialisers.js';
export { fanInUniform, normal, uniform, xavierNormal } from './initialisers.js';
export type { ConvGeometry, FilterShape, ImageShape, Margins, ResolvedPadding } from './kernels/conv-geometry.js';
export { isEmpty, outputSize, resolvePadding, withMargins } from './kernels/conv-geometry.js';
export { currentKernels, installKernels } from './kernels/installed.js';
export type {
  Activation,
  BatchNormAffine,
  BatchNormGradient,
  BatchNormOutput,
  BatchNormStatistics,
  ChannelNormalisation,
  Kernels,
  PoolOutput,
} from './kernels/kernels.js';
export { portableKernels } from './kernels/portable-kernels.js';
export { LayerNorm } from './layer-norm.js';
export type { LinearOptions } from './linear.js';
export { Linear } from './linear.js';
export { maskedSoftmax } from './masked-softmax.js';
export type { ParameterOptions } from './module.js';
export { Module } from './module.js';
export type { BorderLayout, Parameter } from './parameter.js';
export { maxPoolRelu } from './pooling.js';
export { runImageLayers, runImageNetwork } from './run-image-network.js';
export type { LoadOptions, LoadReport } from './state-dict.js';
export { loadStateDict, toStateDict } from './state-dict.js';
