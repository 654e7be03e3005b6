import { checkCount, samplingError } from './sampling-error.js';

/** Instances a step sees of each of two scales. */
export interface ScaleCounts {
  readonly low: number;
  readonly high: number;
}

/** How {@link scaleCounts} divides. */
export interface ScaleCountsOptions {
  /** Instances of both scales together. */
  readonly count: number;
  /** Share of the low scale, in [0, 1]. The reference's `mul_scale_ratio` r is the share 1 / r. */
  readonly share: { readonly low: number };
  /** Instances that there are; with it, what one scale lacks the other gives. */
  readonly available?: ScaleCounts | undefined;
}

/**
 * Divides a step's instances between the low and the high scale: low = ⌊count · share⌋, high the rest.
 *
 * @throws SlidestreamError `sampling/bad-count`, `sampling/bad-share`
 */
export function scaleCounts({ count, share, available }: ScaleCountsOptions): ScaleCounts {
  checkCount('count', count, 1);
  if (!(share.low >= 0 && share.low <= 1)) throw samplingError('bad-share', `share of the low scale is ${share.low}, needs to lie in 0…1`);
  // A share such as 0.29 is a little less than meant: 100 · 0.29 must give 29.
  const low = Math.floor(count * share.low + 1e-9);
  const high = count - low;
  if (available === undefined) return { low, high };
  const spareHigh = Math.max(0, available.high - high);
  const spareLow = Math.max(0, available.low - low);
  return {
    low: Math.min(low, available.low) + Math.min(spareLow, Math.max(0, high - available.high)),
    high: Math.min(high, available.high) + Math.min(spareHigh, Math.max(0, low - available.low)),
  };
}
