import { type MonoTypeOperatorFunction, type Observable, tap } from 'rxjs';
import type { Gate } from './gate.js';
import { mapConcurrent } from './map-concurrent.js';
import type { AnyIterable } from './puller.js';

/**
 * A pulled source as a stream: the next item is read only when `gate` has a permit. Put {@link release} behind the last stage.
 *
 * @example
 * ```ts
 * const gate = createGate(32);
 * fromPull(slides, gate).pipe(mergeMap(read, 8), bufferCount(16), concatMap(write), release(gate, (batch) => batch.length));
 * ```
 */
export function fromPull<T>(source: AnyIterable<T>, gate: Gate, signal?: AbortSignal): Observable<T> {
  return mapConcurrent((item: T) => item, { concurrency: 1, gate, signal })(source);
}

/**
 * Gives the permits of items that have gone through the whole pipe back to `gate`.
 *
 * @param permits - how many source items an element stands for (a batch: its length); 1 when left out
 */
export function release<T>(gate: Gate, permits: (value: T) => number = () => 1): MonoTypeOperatorFunction<T> {
  return tap((value) => {
    for (let left = permits(value); left > 0; left--) gate.release();
  });
}
