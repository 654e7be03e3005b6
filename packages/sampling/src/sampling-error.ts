import { SlidestreamError } from '@slidestream/core';

/** A wrong sampling option: `sampling/${what}`. */
export function samplingError(what: string, message: string, hint?: string): SlidestreamError {
  return new SlidestreamError({ code: `sampling/${what}`, category: 'usage', message, hint });
}

/** Refuses what is no whole number of at least `least`. */
export function checkCount(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw samplingError('bad-count', `${name} is ${value}, needs to be a whole number of at least ${least}`);
}
