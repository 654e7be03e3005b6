/**
 * Modules with named parameters, kernels and their gradients, initialisers.
 *
 * @packageDocumentation
 */

export type { ActivationName } from './activation.js';
export { activate } from './activation.js';
export { FeatureBatchNorm } from './batch-norm.js';
export { dropout } from './dropout.js';
export { FeedForward } from './feed-forward.js';
export type { ForwardContext } from './forward-context.js';
export { gelu } from './gelu.js';
export type { Fans, Initialiser } from './initialisers.js';
export { fanInUniform, normal, uniform, xavierNormal } from './initialisers.js';
export { LayerNorm } from './layer-norm.js';
export type { LinearOptions } from './linear.js';
export { Linear } from './linear.js';
export { maskedSoftmax } from './masked-softmax.js';
export type { ParameterOptions } from './module.js';
export { Module } from './module.js';
export type { BorderLayout, Parameter } from './parameter.js';
export type { LoadOptions, LoadReport } from './state-dict.js';
export { loadStateDict, toStateDict } from './state-dict.js';
