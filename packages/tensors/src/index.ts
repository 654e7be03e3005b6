/**
 * Modules with named parameters, kernels and their gradients, initialisers.
 *
 * @packageDocumentation
 */
export type { ForwardContext } from './forward-context.js';
export type { ParameterOptions } from './module.js';
export { Module } from './module.js';
export type { BorderLayout, Parameter } from './parameter.js';
export type { LoadOptions, LoadReport } from './state-dict.js';
export { loadStateDict, toStateDict } from './state-dict.js';
