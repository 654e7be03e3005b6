import { type ErrorPlace, SlidestreamError } from '@slidestream/core';

/** A typed refusal of a file's content, `format/*`. */
export function formatError(code: string, message: string, where: ErrorPlace, hint?: string, cause?: unknown): SlidestreamError {
  return new SlidestreamError({ code: `format/${code}`, category: 'data', message, where, hint, cause });
}
