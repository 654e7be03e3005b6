/**
 * RxJS operators that respect back-pressure: work is pulled from its source when there is room for it.
 *
 * @packageDocumentation
 */

export { fromAbort, stoppedError } from './abort.js';
export { attempt, isItemFailure } from './attempt.js';
export type { CollectFailuresOptions, ItemFailure } from './collect-failures.js';
export { collectFailures, TooManyFailuresError } from './collect-failures.js';
export { fromPull, release } from './from-pull.js';
export type { Gate } from './gate.js';
export { createGate } from './gate.js';
export type { MapAheadOptions } from './map-ahead.js';
export { mapAhead } from './map-ahead.js';
export type { MapConcurrentOptions, Project } from './map-concurrent.js';
export { mapConcurrent } from './map-concurrent.js';
export type { ProgressOptions, StreamProgress } from './progress.js';
export { progress } from './progress.js';
export type { AnyIterable } from './puller.js';
export type { ToAsyncIterableOptions } from './to-async-iterable.js';
export { toAsyncIterable } from './to-async-iterable.js';
