import type { Numbers } from './check.js';

/**
 * The p-quantile of values in ascending order, linear between order statistics (R-7, numpy's default); NaN without values.
 *
 * @param sorted - ascending
 * @param p - in [0, 1]
 * @see Hyndman and Fan 1996, Sample quantiles in statistical packages
 */
export function quantileSorted(sorted: Numbers, p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * p;
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (position - below);
}

/** The p-quantile of values in any order; see {@link quantileSorted}. */
export function quantile(values: Numbers, p: number): number {
  return quantileSorted(Float64Array.from(values).sort(), p);
}
