import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import { Observable } from 'rxjs';

/** The typed error of a stop on request; what an abort reason says is kept as its cause. */
export function stoppedError(reason?: unknown): SlidestreamError {
  if (isSlidestreamError(reason)) return reason;
  return new SlidestreamError({
    code: 'streams/stopped',
    category: 'stopped',
    message: 'stopped on request',
    hint: 'Run the same command again to go on',
    cause: reason,
  });
}

/**
 * A stream that stays silent until `signal` aborts and then errors, `streams/stopped`. With `takeUntil` it ends any pipeline on request
 * without making the stop look like a success.
 *
 * @example
 * ```ts
 * work$.pipe(takeUntil(fromAbort(context.signal)));
 * ```
 */
export function fromAbort(signal: AbortSignal): Observable<never> {
  return new Observable<never>((subscriber) => {
    const stop = (): void => subscriber.error(stoppedError(signal.reason));
    if (signal.aborted) {
      stop();
      return undefined;
    }
    signal.addEventListener('abort', stop, { once: true });
    return () => signal.removeEventListener('abort', stop);
  });
}
