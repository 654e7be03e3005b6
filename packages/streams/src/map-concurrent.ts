import { Observable } from 'rxjs';
import { stoppedError } from './abort.js';
import type { Gate } from './gate.js';
import { type AnyIterable, openPuller } from './puller.js';

/** Work on one item; `signal` aborts when the result is no longer wanted. */
export type Project<A, B> = (item: A, signal: AbortSignal, index: number) => Promise<B> | B;

/** Options of {@link mapConcurrent}. */
export interface MapConcurrentOptions {
  /** How many items are worked on at a time. */
  readonly concurrency: number;
  /** Results in the order of the source; a finished result that waits for an earlier one keeps its slot. Default: as they finish. */
  readonly ordered?: boolean | undefined;
  /** Bounds the whole pipe: a permit is taken per item and must be given back behind the last stage, with `release` or `toAsyncIterable`. */
  readonly gate?: Gate | undefined;
  /** Stops gracefully: nothing more is pulled, running work is told and awaited, then the stream errors with `streams/stopped`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Works on at most `concurrency` items of a pulled source at a time: the next item is asked for only when a slot is free, so that
 * nothing is read ahead of the work.
 *
 * @remarks
 * The first error aborts the `signal` of the work still running, waits until that has ended, and then errors the stream once: whoever
 * catches it can close what the work was using. Unsubscribing aborts the signal and closes the source at once.
 *
 * @param project - what to do with an item
 * @returns a function of the source; the source is opened on subscription
 * @throws RangeError when `concurrency` is not a positive integer
 *
 * @example
 * ```ts
 * const sizes$ = mapConcurrent((path: string) => stat(path), { concurrency: 4 })(paths);
 * ```
 */
export function mapConcurrent<A, B>(project: Project<A, B>, options: MapConcurrentOptions): (source: AnyIterable<A>) => Observable<B> {
  const { concurrency, ordered = false, gate, signal } = options;
  if (!(Number.isInteger(concurrency) && concurrency > 0)) {
    throw new RangeError(`concurrency must be a positive integer, got ${concurrency}`);
  }
  return (source) =>
    new Observable<B>((subscriber) => {
      const puller = openPuller(source);
      const abort = new AbortController();
      const finished = new Map<number, B>();
      let pulled = 0;
      let running = 0;
      let emitted = 0;
      let pulling = false;
      let exhausted = false;
      let failure: { readonly error: unknown } | undefined;

      const hasRoom = (): boolean => !exhausted && !abort.signal.aborted && (ordered ? pulled - emitted : running) < concurrency;
      const settle = (): void => {
        if (running > 0) return;
        if (failure !== undefined) subscriber.error(failure.error);
        else if (exhausted && !pulling) subscriber.complete();
      };
      const fail = (error: unknown): void => {
        if (failure !== undefined) return;
        failure = { error };
        abort.abort(error);
      };
      const emit = (index: number, value: B): void => {
        if (!ordered) {
          subscriber.next(value);
          return;
        }
        finished.set(index, value);
        while (finished.has(emitted) && failure === undefined && !subscriber.closed) {
          const next = finished.get(emitted) as B;
          finished.delete(emitted++);
          subscriber.next(next);
        }
      };
      const work = async (item: A, index: number): Promise<void> => {
        try {
          const value = await project(item, abort.signal, index);
          running--;
          if (failure === undefined) emit(index, value);
        } catch (error) {
          running--;
          fail(error);
        }
        void pump();
      };
      const pull = async (): Promise<void> => {
        while (hasRoom()) {
          await gate?.acquire(abort.signal);
          const result = await puller.next();
          if (result.done) {
            exhausted = true;
            gate?.release();
            return;
          }
          if (abort.signal.aborted) return;
          running++;
          void work(result.value, pulled++);
        }
      };
      const pump = async (): Promise<void> => {
        if (!pulling) {
          pulling = true;
          // Asked again before the flag falls: a slot that became free in between would wake nobody.
          while (hasRoom()) await pull().catch(fail);
          pulling = false;
        }
        settle();
      };

      const stop = (): void => {
        fail(stoppedError(signal?.reason));
        void pump();
      };
      if (signal?.aborted) stop();
      else {
        signal?.addEventListener('abort', stop, { once: true });
        void pump();
      }
      return () => {
        signal?.removeEventListener('abort', stop);
        if (exhausted && failure === undefined && running === 0) return;
        if (!abort.signal.aborted) abort.abort(stoppedError());
        if (!exhausted) puller.stop();
      };
    });
}
