import { groupByCase } from './group-by-case.js';
import { labelError } from './label-error.js';
import type { LabelRow } from './label-table.js';

/** Time bins of discrete-time survival. */
export interface SurvivalBins {
  /** Ascending, one more than bins; a time t belongs to bin k when edge k ≤ t < edge k+1. */
  readonly edges: readonly number[];
  /** Bin of a time; one before the first edge is in the first bin, one past the last in the last. */
  binOf(time: number): number;
}

/** How {@link survivalBins} cuts. */
export interface SurvivalBinOptions {
  /** Number of bins; 4 by default. */
  readonly bins?: number | undefined;
}

/**
 * Bins whose inner edges are the quantiles of the observed event times, and which reach from the smallest to the largest time.
 * Give the *training* rows: the reference gives all rows, test included (SPEC §17.60).
 *
 * @param times - follow-up or event times, [n]
 * @param events - 1 event observed, 0 censored, [n]
 * @throws SlidestreamError `labels/no-events`, `labels/duplicate-edges` when quantiles coincide
 * @example
 * ```ts
 * const bins = survivalBins(train.map((row) => row.time), train.map((row) => row.event));
 * const target = bins.binOf(12.5);
 * ```
 */
export function survivalBins(times: ArrayLike<number>, events: ArrayLike<number>, options: SurvivalBinOptions = {}): SurvivalBins {
  const count = options.bins ?? 4;
  const all = Float64Array.from(times);
  const odd = all.findIndex((time, i) => !Number.isFinite(time) || (events[i] !== 0 && events[i] !== 1));
  if (odd >= 0) throw labelError('bad-value', `case ${odd} has time ${all[odd]} and event ${events[odd]}`);
  if (!Number.isInteger(count) || count < 2) throw labelError('bad-value', `${count} bins, needs two or more`);
  const observed = all.filter((_, i) => events[i] === 1).sort();
  if (observed.length === 0) throw labelError('no-events', 'no event was observed, so there are no event times to cut at');
  const edges = Array.from({ length: count + 1 }, (_, k) => quantile(observed, k / count));
  if (edges.some((edge, k) => k > 0 && edge <= (edges[k - 1] as number))) {
    const message = `the quantiles of the event times coincide: ${edges.join(', ')}`;
    throw labelError('duplicate-edges', message, undefined, 'Use fewer bins');
  }
  edges[0] = all.reduce((a, b) => Math.min(a, b)) - 1e-6;
  edges[count] = all.reduce((a, b) => Math.max(a, b)) + 1e-6;
  return {
    edges,
    binOf: (time) => {
      let bin = 0;
      while (bin < count - 1 && time >= (edges[bin + 1] as number)) bin++;
      return bin;
    },
  };
}

/**
 * {@link survivalBins} of the cases of label rows, each case counted once however many slides it has.
 *
 * @throws SlidestreamError `labels/no-events`, `labels/duplicate-edges`
 */
export function survivalBinsOf(rows: readonly LabelRow[], options: SurvivalBinOptions = {}): SurvivalBins {
  const cases = [...groupByCase(rows).values()].map((own) => own[0] as LabelRow);
  return survivalBins(
    cases.map((row) => row.time ?? Number.NaN),
    cases.map((row) => row.event ?? Number.NaN),
    options,
  );
}

/** Linear between order statistics, rounded as numpy rounds. */
function quantile(sorted: Float64Array, p: number): number {
  const position = (sorted.length - 1) * p;
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  const share = position - below;
  return share >= 0.5 ? high - (high - low) * (1 - share) : low + (high - low) * share;
}
