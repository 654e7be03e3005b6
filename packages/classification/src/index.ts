/**
 * Slide classification: targets, losses, decision rule, metrics.
 *
 * @packageDocumentation
 */
export { binaryCrossEntropy, binaryTargets } from './binary-cross-entropy.js';
export type { ClassificationOptions, ClassPrediction, ClassTarget } from './classification.js';
export { classification } from './classification.js';
export type { CrossEntropyOptions } from './cross-entropy.js';
export { crossEntropy } from './cross-entropy.js';
