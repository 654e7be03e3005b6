import type { SlidestreamError } from './errors.js';

/** One item's result as a value: a failed slide is listed with its reason, it does not end the stream. */
export type Outcome<T, I = unknown> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: SlidestreamError; readonly item: I };

/** A successful {@link Outcome}. */
export function success<T>(value: T): Outcome<T, never> {
  return { ok: true, value };
}

/** A failed {@link Outcome} of `item`. */
export function failure<I>(error: SlidestreamError, item: I): Outcome<never, I> {
  return { ok: false, error, item };
}
