import { type ErrorCategory, type ErrorPlace, SlidestreamError } from '@slidestream/core';

/** Parts of a slide error beyond its code and message. */
export interface SlideErrorParts {
  readonly category?: ErrorCategory;
  readonly where?: ErrorPlace;
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error of this package: bad data unless said otherwise. */
export function slideError(code: `slide/${string}`, message: string, parts: SlideErrorParts = {}): SlidestreamError {
  return new SlidestreamError({
    code,
    message,
    category: parts.category ?? 'data',
    where: parts.where,
    hint: parts.hint,
    cause: parts.cause,
  });
}

/** @throws SlidestreamError `slide/aborted` once `signal` is aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw slideError('slide/aborted', 'reading was stopped on request', { category: 'stopped', cause: signal.reason });
}
