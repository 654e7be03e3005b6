/**
 * What every package may lean on: tagged errors, outcomes, random numbers, records.
 *
 * @packageDocumentation
 */

export type { ErrorCategory, ErrorParts, ErrorPlace } from './errors.js';
export { describePlace, isSlidestreamError, SlidestreamError } from './errors.js';
export { halfToNumber, toFloat32 } from './half.js';
export type { LogFields, Logger } from './logger.js';
export { silentLogger } from './logger.js';
export type { Outcome } from './outcome.js';
export { failure, success } from './outcome.js';
export { philox4x32 } from './philox.js';
export type { RandomPath, RandomStream } from './random.js';
export { randomStream } from './random.js';
export type { DType, StateDict, TensorData, TensorRecord } from './tensor-record.js';
export type { Mpp, PixelSize, Unit } from './units.js';
export { mpp } from './units.js';
