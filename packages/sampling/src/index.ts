/**
 * Which instances of which scale a step sees; deterministic from a seed.
 *
 * @packageDocumentation
 */

export type { BagSizeOptions } from './bag-size.js';
export { bagSize } from './bag-size.js';
export type { BatchOrderOptions } from './batch-order.js';
export { batchOrder } from './batch-order.js';
export type { ClamGrid, GridPositions } from './grid-positions.js';
export { gridPositions } from './grid-positions.js';
export type { Groups } from './group-starts.js';
export { groupStarts } from './group-starts.js';
export { instanceStream } from './instance-stream.js';
export { lexicalOrder } from './lexical-order.js';
export type { InstanceSampling } from './sample-instances.js';
export { sampleInstances } from './sample-instances.js';
export type { ScaleInstances, ScaleSampling } from './sample-scales.js';
export { sampleScales } from './sample-scales.js';
export type { ScaleCounts, ScaleCountsOptions } from './scale-counts.js';
export { scaleCounts } from './scale-counts.js';
export { sinCosPositions } from './sin-cos-positions.js';
export type { Vote } from './vote-instances.js';
export { voteInstances } from './vote-instances.js';
