import { type Outcome, SlidestreamError } from '@slidestream/core';
import { Observable, type OperatorFunction } from 'rxjs';

/** An item that was left out, and why. */
export interface ItemFailure<I = unknown> {
  readonly item: I;
  readonly error: SlidestreamError;
}

/** More items failed than the caller would accept. */
export class TooManyFailuresError extends SlidestreamError {
  /** Every failure seen up to the stop. */
  readonly failures: readonly ItemFailure[];

  constructor(failures: readonly ItemFailure[], upTo: number) {
    const causes = failures.slice(0, 3).map(({ error }) => error.message);
    super({
      code: 'streams/too-many-failures',
      category: 'data',
      message: `${failures.length} items failed, at most ${upTo} may: ${causes.join('; ')}${failures.length > causes.length ? '; …' : ''}`,
      hint: 'Mend or leave out these items, or allow more failures',
      cause: failures[0]?.error,
    });
    this.failures = failures;
  }
}

/** Options of {@link collectFailures}. */
export interface CollectFailuresOptions<I> {
  /** How many failures are accepted before the stream errors; `Infinity` for all. Default 0. */
  readonly upTo?: number | undefined;
  /** Receives every failure in order, so that it can be listed when the stream has ended. */
  readonly into?: ItemFailure<I>[] | undefined;
  /** Called on every failure, to log it while the others go on. */
  readonly onFailure?: ((failure: ItemFailure<I>) => void) | undefined;
}

/**
 * Lets values through and takes failures out: a failed item is absent, never replaced. More than `upTo` of them error the stream,
 * `streams/too-many-failures`, with the first causes.
 */
export function collectFailures<T, I = unknown>(options: CollectFailuresOptions<I> = {}): OperatorFunction<Outcome<T, I>, T> {
  const { upTo = 0, into, onFailure } = options;
  return (source) =>
    new Observable<T>((subscriber) => {
      const failures: ItemFailure<I>[] = [];
      return source.subscribe({
        next: (outcome) => {
          if (outcome.ok) {
            subscriber.next(outcome.value);
            return;
          }
          const failed = { item: outcome.item, error: outcome.error };
          failures.push(failed);
          into?.push(failed);
          onFailure?.(failed);
          if (failures.length > upTo) subscriber.error(new TooManyFailuresError(failures, upTo));
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}
