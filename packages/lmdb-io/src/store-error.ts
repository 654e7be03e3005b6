import { type ErrorCategory, type ErrorPlace, SlidestreamError } from '@slidestream/core';

/** A typed refusal around a tile store, `store/*`; bad data unless told otherwise. */
export function storeError(
  code: string,
  message: string,
  where: ErrorPlace,
  more: { readonly hint?: string; readonly cause?: unknown; readonly category?: ErrorCategory } = {},
): SlidestreamError {
  return new SlidestreamError({
    code: `store/${code}`,
    category: more.category ?? 'data',
    message,
    where,
    hint: more.hint,
    cause: more.cause,
  });
}
