import { SlidestreamError } from '@slidestream/core';

/** Any sequence of numbers: typed or plain arrays. */
export type Numbers = ArrayLike<number>;

/** An error about the numbers that a metric was given. */
export function metricError(what: string, message: string, hint?: string): SlidestreamError {
  return new SlidestreamError({ code: `metrics/${what}`, category: 'data', message, hint });
}

/** Refuses arrays of different lengths: a silent cut would give a number about other cases. */
export function checkSameLength(lengths: Readonly<Record<string, number>>): void {
  const values = Object.values(lengths);
  if (values.some((length) => length !== values[0])) {
    const text = Object.entries(lengths).map(([name, length]) => `${name} ${length}`);
    throw metricError('length-mismatch', `lengths differ: ${text.join(', ')}`);
  }
}

/** Refuses what has no place in an order: NaN, and infinities unless they are allowed. */
export function checkFinite(name: string, values: Numbers, allowInfinity = false): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (Number.isNaN(value) || (!allowInfinity && !Number.isFinite(value))) {
      throw metricError('not-finite', `${name}[${i}] is ${value}`);
    }
  }
}

/** Refuses what is no class index in [0, classCount). */
export function checkClasses(name: string, values: Numbers, classCount = Number.MAX_SAFE_INTEGER): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isInteger(value) || value < 0 || value >= classCount) {
      throw metricError('bad-class', `${name}[${i}] is ${value}, which is no class index of 0…${classCount - 1}`);
    }
  }
}
