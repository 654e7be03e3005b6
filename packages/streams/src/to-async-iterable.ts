import type { Observable, Subscription } from 'rxjs';
import type { Gate } from './gate.js';

/** Options of {@link toAsyncIterable}. */
export interface ToAsyncIterableOptions {
  /** The gate of the source: a permit goes back when the consumer asks for the next element, so that nothing piles up in between. */
  readonly gate?: Gate | undefined;
}

/**
 * A stream as an async iterable, subscribed when iteration starts and unsubscribed when it ends for whatever reason.
 *
 * @remarks What arrives before it is asked for waits in memory: give the source's `gate` unless the source is bounded otherwise.
 */
export function toAsyncIterable<T>(source: Observable<T>, options: ToAsyncIterableOptions = {}): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => iterate(source, options.gate) };
}

async function* iterate<T>(source: Observable<T>, gate: Gate | undefined): AsyncGenerator<T, void, undefined> {
  const arrived: T[] = [];
  let ended: { readonly error?: unknown } | undefined;
  let wake = (): void => undefined;
  const subscription: Subscription = source.subscribe({
    next: (value) => {
      arrived.push(value);
      wake();
    },
    error: (error: unknown) => {
      ended = { error };
      wake();
    },
    complete: () => {
      ended = {};
      wake();
    },
  });
  try {
    for (;;) {
      if (arrived.length > 0) {
        yield arrived.shift() as T;
        gate?.release();
      } else if (ended !== undefined) {
        if ('error' in ended) throw ended.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    subscription.unsubscribe();
  }
}
