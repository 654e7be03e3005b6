import { createGate } from './gate.js';
import { mapConcurrent, type Project } from './map-concurrent.js';
import type { AnyIterable } from './puller.js';
import { toAsyncIterable } from './to-async-iterable.js';

/** Options of {@link mapAhead}. */
export interface MapAheadOptions {
  /** How many results may be under way or waiting beside the one the consumer holds. */
  readonly ahead: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Prepares the next `ahead` results, in order, while the consumer works on the present one: loading of batches beside training steps.
 *
 * @example
 * ```ts
 * for await (const batch of mapAhead(loadBatch, { ahead: 2 })(plan)) await step(batch);
 * ```
 */
export function mapAhead<A, B>(project: Project<A, B>, options: MapAheadOptions): (source: AnyIterable<A>) => AsyncIterable<B> {
  const { ahead, signal } = options;
  return (source) => ({
    [Symbol.asyncIterator]: () => {
      const gate = createGate(ahead + 1);
      const results$ = mapConcurrent(project, { concurrency: ahead + 1, ordered: true, gate, signal })(source);
      return toAsyncIterable(results$, { gate })[Symbol.asyncIterator]();
    },
  });
}
