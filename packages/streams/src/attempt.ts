import { failure, isSlidestreamError, type Outcome, success } from '@slidestream/core';
import type { Project } from './map-concurrent.js';

/** Whether an error concerns one item only, so that the others can go on: bad data and files, but not a full disk. */
export function isItemFailure(error: unknown): boolean {
  if (!isSlidestreamError(error)) return false;
  return error.category === 'data' || (error.category === 'io' && error.code !== 'io/no-space');
}

/**
 * Turns the failure of one item into a value. What concerns more than the item is thrown on: wrong programs and configurations, a stop on
 * request, a full disk.
 *
 * @example
 * ```ts
 * mapConcurrent(attempt(readSlide), { concurrency: 4 })(slides).pipe(collectFailures({ upTo: 20 }));
 * ```
 */
export function attempt<A, B>(project: Project<A, B>): (item: A, signal: AbortSignal, index: number) => Promise<Outcome<B, A>> {
  return async (item, signal, index) => {
    try {
      return success(await project(item, signal, index));
    } catch (error) {
      if (signal.aborted || !isSlidestreamError(error) || !isItemFailure(error)) throw error;
      return failure(error, item);
    }
  };
}
