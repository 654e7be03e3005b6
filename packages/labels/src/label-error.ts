import { type ErrorPlace, SlidestreamError } from '@slidestream/core';

/** An error about a label table or split: `labels/${what}`. */
export function labelError(what: string, message: string, where?: ErrorPlace, hint?: string): SlidestreamError {
  return new SlidestreamError({ code: `labels/${what}`, category: 'data', message, where, hint });
}
