/**
 * Image encoders as specs.
 *
 * @packageDocumentation
 */
export type { ChannelOrder } from './channel-order.js';
export { chief } from './chief.js';
export { encodeInChunks } from './chunks.js';
export type { ConvNeXtOptions } from './convnext.js';
export { convNeXtSpec, convNeXtTiny } from './convnext.js';
export { efficientNetLite0 } from './efficientnet-lite0.js';
export type { Encoder, EncoderSpec, EncoderStage, TileNormalisation } from './encoder.js';
export { gigap } from './gigapath.js';
export type { EncoderWeightsOptions } from './load-encoder-weights.js';
export { encoderWeightsReport, loadEncoderWeights } from './load-encoder-weights.js';
export { imageNet } from './normalisation.js';
export { normaliseTiles } from './normalise-tiles.js';
export { r18, r18a } from './r18.js';
export { r34 } from './r34.js';
export { r50, r50v2 } from './r50.js';
export { r101 } from './r101.js';
export type { EncoderChoice, EncoderRegistry } from './registry.js';
export { createEncoderRegistry, encoders } from './registry.js';
export type { ResNetOptions } from './resnet.js';
export { resNetSpec } from './resnet.js';
export { freezeThrough, stageFeatures, stageMaps } from './stages.js';
export type { SwinOptions } from './swin.js';
export { swinSpec } from './swin.js';
export type { MlpActivation, MlpKind } from './transformer-mlp.js';
export { uni } from './uni.js';
export type { VitOptions } from './vit.js';
export { vitSizes, vitSpec } from './vit.js';
export { dinov2s, vits } from './vits.js';
