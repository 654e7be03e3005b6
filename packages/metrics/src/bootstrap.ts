import { randomStream } from '@slidestream/core';
import { metricError, type Numbers } from './check.js';
import { meanAndSd } from './mean-and-sd.js';
import { quantileSorted } from './quantile.js';

/** Settings of {@link bootstrap}. */
export interface BootstrapOptions {
  /** Names the resamples: the same seed gives the same ones on any machine. */
  readonly seed: number | string;
  /** 1000 by default. */
  readonly resamples?: number | undefined;
  /** Coverage of the interval; 0.95 by default. */
  readonly level?: number | undefined;
  /** Group of each case, [n] (a patient with several slides): whole groups are drawn, as cases within one are not independent. */
  readonly groups?: ArrayLike<string | number> | undefined;
  /** Resamples to use instead of drawn ones, each a list of case indices: to repeat another program's. */
  readonly indices?: readonly Numbers[] | undefined;
}

/** One metric with its bootstrap interval. */
export interface Interval {
  /** The metric on the cases as they are. */
  readonly value: number;
  /** Percentile interval; NaN when every resample was degenerate. */
  readonly low: number;
  readonly high: number;
  /** Mean and sample standard deviation over the resamples. */
  readonly mean: number;
  readonly sd: number;
  /** Resamples that gave a number. */
  readonly resamples: number;
  /** Resamples left out because the metric is not defined on them (a class absent, no comparable pair). */
  readonly degenerate: number;
}

/**
 * Percentile bootstrap intervals of several metrics over shared resamples of the cases.
 *
 * @param count - number of cases
 * @param statistics - the metrics of the cases with these indices (repeats included); NaN = not defined there
 * @throws SlidestreamError `metrics/no-cases`, `metrics/bad-option`
 * @example
 * ```ts
 * const { auc: interval } = bootstrap(labels.length, (at) => ({ auc: auc(pick(labels, at), pick(scores, at)) }), { seed: 2021 });
 * ```
 * @see Efron and Tibshirani 1993, An introduction to the bootstrap, ch. 13
 */
export function bootstrap<K extends string>(
  count: number,
  statistics: (indices: Uint32Array) => Readonly<Record<K, number>>,
  options: BootstrapOptions,
): Record<K, Interval> {
  if (!(count >= 1)) throw metricError('no-cases', 'a bootstrap needs at least one case');
  const level = options.level ?? 0.95;
  if (!(level > 0 && level < 1)) throw metricError('bad-option', `level is ${level}, needs to lie between 0 and 1`);
  const values = statistics(Uint32Array.from({ length: count }, (_, i) => i));
  const names = Object.keys(values) as K[];
  const samples = new Map<K, number[]>(names.map((name) => [name, []]));
  let drawn = 0;
  for (const indices of resamples(count, options)) {
    const figures = statistics(indices);
    for (const name of names) if (!Number.isNaN(figures[name])) samples.get(name)?.push(figures[name]);
    drawn++;
  }
  const intervals = names.map((name) => {
    const sorted = Float64Array.from(samples.get(name) ?? []).sort();
    const interval: Interval = {
      value: values[name],
      low: quantileSorted(sorted, (1 - level) / 2),
      high: quantileSorted(sorted, (1 + level) / 2),
      ...meanAndSd(sorted),
      resamples: sorted.length,
      degenerate: drawn - sorted.length,
    };
    return [name, interval];
  });
  return Object.fromEntries(intervals) as Record<K, Interval>;
}

/** The resamples of {@link bootstrap}: case indices drawn with replacement, by whole groups where they are given. */
export function* resamples(count: number, options: BootstrapOptions): Generator<Uint32Array> {
  if (options.indices !== undefined) {
    for (const indices of options.indices) yield Uint32Array.from(indices);
    return;
  }
  const members = groupMembers(count, options.groups);
  for (let resample = 0; resample < (options.resamples ?? 1000); resample++) {
    const random = randomStream(options.seed, 'bootstrap', resample);
    const drawn: number[] = [];
    for (let i = 0; i < members.length; i++) drawn.push(...(members[random.integer(members.length)] as number[]));
    yield Uint32Array.from(drawn);
  }
}

function groupMembers(count: number, groups: ArrayLike<string | number> | undefined): number[][] {
  if (groups === undefined) return Array.from({ length: count }, (_, i) => [i]);
  if (groups.length !== count) throw metricError('length-mismatch', `lengths differ: cases ${count}, groups ${groups.length}`);
  const members = new Map<string | number, number[]>();
  for (let i = 0; i < count; i++) {
    const group = groups[i] as string | number;
    const list = members.get(group);
    if (list === undefined) members.set(group, [i]);
    else list.push(i);
  }
  return [...members.values()];
}
