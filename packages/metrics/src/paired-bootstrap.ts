import { type BootstrapOptions, bootstrap, type Interval } from './bootstrap.js';

/** How much two models differ in a metric on the same cases. */
export interface PairedInterval extends Interval {
  /** Two-sided: twice the smaller share of resamples in which the difference is ≤ 0 or ≥ 0, at most 1. */
  readonly pValue: number;
}

/**
 * Bootstrap intervals of the differences first − second of several metrics, all taken on the same resamples, which are far narrower than
 * two separate intervals suggest.
 *
 * @param count - number of cases
 * @param first - the metrics of one model on the cases with these indices
 * @param second - the same metrics of the other
 * @throws SlidestreamError `metrics/no-cases`, `metrics/bad-option`
 */
export function pairedBootstrap<K extends string>(
  count: number,
  first: (indices: Uint32Array) => Readonly<Record<K, number>>,
  second: (indices: Uint32Array) => Readonly<Record<K, number>>,
  options: BootstrapOptions,
): Record<K, PairedInterval> {
  const seen: Record<K, number>[] = [];
  const intervals = bootstrap(
    count,
    (indices) => {
      const [a, b] = [first(indices), second(indices)];
      const names = Object.keys(a) as K[];
      const differences = Object.fromEntries(names.map((name) => [name, a[name] - b[name]])) as Record<K, number>;
      seen.push(differences);
      return differences;
    },
    options,
  );
  // The first call was made on the cases as they are.
  const drawn = seen.slice(1);
  const paired = (Object.keys(intervals) as K[]).map((name) => {
    const values = drawn.map((one) => one[name]).filter((value) => !Number.isNaN(value));
    return [name, { ...intervals[name], pValue: twoSided(values) }] as const;
  });
  return Object.fromEntries(paired) as Record<K, PairedInterval>;
}

function twoSided(differences: readonly number[]): number {
  const below = differences.filter((value) => value <= 0).length;
  const above = differences.filter((value) => value >= 0).length;
  return Math.min(1, (2 * Math.min(below, above)) / differences.length);
}
