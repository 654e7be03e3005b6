import { type BootstrapOptions, bootstrap, type Interval } from './bootstrap.js';

/** How much two models differ in a metric on the same cases. */
export interface PairedInterval extends Interval {
  /** Two-sided: twice the smaller share of resamples in which the difference is ≤ 0 or ≥ 0, at most 1. */
  readonly pValue: number;
}

/**
 * Bootstrap interval of the difference first − second of a metric, both taken on the same resamples, which is far narrower than two
 * separate intervals suggest.
 *
 * @param count - number of cases
 * @param first - the metric of one model on the cases with these indices
 * @param second - the same metric of the other
 * @throws SlidestreamError `metrics/no-cases`, `metrics/bad-option`
 */
export function pairedBootstrap(
  count: number,
  first: (indices: Uint32Array) => number,
  second: (indices: Uint32Array) => number,
  options: BootstrapOptions,
): PairedInterval {
  const differences: number[] = [];
  const difference = (indices: Uint32Array): { difference: number } => {
    const value = first(indices) - second(indices);
    if (!Number.isNaN(value)) differences.push(value);
    return { difference: value };
  };
  const { difference: interval } = bootstrap(count, difference, options);
  // The first call was made on the cases as they are.
  const drawn = Number.isNaN(interval.value) ? differences : differences.slice(1);
  const share = (keep: (value: number) => boolean): number => drawn.filter(keep).length / drawn.length;
  const pValue = Math.min(
    1,
    2 *
      Math.min(
        share((value) => value <= 0),
        share((value) => value >= 0),
      ),
  );
  return { ...interval, pValue };
}
