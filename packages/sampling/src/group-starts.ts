import { checkCount } from './sampling-error.js';

/** Consecutive intervals of a bag. */
export interface Groups {
  readonly interval: number;
  /** First index of each interval. */
  readonly starts: readonly number[];
}

/**
 * Cuts 0…tileCount−1 into intervals of ⌈tileCount / groups⌉; the last may be shorter, and there may be fewer than asked.
 *
 * @throws SlidestreamError `sampling/bad-count`
 */
export function groupStarts(tileCount: number, groups: number): Groups {
  checkCount('groups', groups, 1);
  const interval = Math.max(1, Math.ceil(tileCount / groups));
  return { interval, starts: Array.from({ length: Math.ceil(tileCount / interval) }, (_, i) => i * interval) };
}
