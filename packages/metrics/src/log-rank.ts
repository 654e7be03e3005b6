import { ascendingOrder } from './average-ranks.js';
import { checkSameLength, metricError, type Numbers } from './check.js';
import { chiSquareTail } from './chi-square.js';
import { checkSurvival } from './concordance.js';

/** A log-rank test. */
export interface LogRank {
  readonly chiSquare: number;
  readonly degrees: number;
  /** Chance of so large a difference when the groups live alike. */
  readonly pValue: number;
}

/**
 * Log-rank test of two or more groups living alike: at each event time the events of a group against those expected from its share
 * of the cases at risk.
 *
 * @param times - follow-up or event times, [n]
 * @param events - 1 (or true) event observed, 0 censored, [n]
 * @param groups - group of each case, [n]
 * @returns NaN when there is no event to compare
 * @throws SlidestreamError `metrics/bad-option` for fewer than two groups, `metrics/length-mismatch`, `metrics/bad-event`
 * @see Mantel 1966, Evaluation of survival data and two new rank order statistics
 */
export function logRank(times: Numbers, events: ArrayLike<number | boolean>, groups: ArrayLike<string | number>): LogRank {
  checkSurvival(times, events);
  checkSameLength({ times: times.length, groups: groups.length });
  const names = [...new Set(Array.from(groups))];
  if (names.length < 2) throw metricError('bad-option', `a log-rank test needs two groups or more, got ${names.length}`);
  const groupOf = Array.from(groups, (name) => names.indexOf(name));
  const size = names.length - 1;
  const atRisk = names.map((_, g) => groupOf.filter((own) => own === g).length);
  const difference = new Float64Array(size);
  const variance = Array.from({ length: size }, () => new Float64Array(size));
  const order = ascendingOrder(times);
  for (let start = 0; start < order.length; ) {
    const left = new Float64Array(names.length);
    const died = new Float64Array(names.length);
    let end = start;
    for (; end < order.length && times[order[end] as number] === times[order[start] as number]; end++) {
      const i = order[end] as number;
      const g = groupOf[i] as number;
      left[g] = (left[g] as number) + 1;
      if (events[i]) died[g] = (died[g] as number) + 1;
    }
    addTime(difference, variance, atRisk, died, order.length - start);
    left.forEach((count, g) => {
      atRisk[g] = (atRisk[g] as number) - count;
    });
    start = end;
  }
  const chiSquare = quadraticForm(variance, difference);
  return { chiSquare, degrees: size, pValue: Number.isNaN(chiSquare) ? Number.NaN : chiSquareTail(chiSquare, size) };
}

/** Adds observed − expected and the hypergeometric covariance of one event time. */
function addTime(difference: Float64Array, variance: Float64Array[], atRisk: readonly number[], died: Float64Array, reached: number): void {
  const deaths = died.reduce((sum, count) => sum + count, 0);
  if (deaths === 0) return;
  const spread = reached > 1 ? (deaths * (reached - deaths)) / (reached - 1) : 0;
  for (let g = 0; g < difference.length; g++) {
    const share = (atRisk[g] as number) / reached;
    difference[g] = (difference[g] as number) + (died[g] as number) - deaths * share;
    const row = variance[g] as Float64Array;
    for (let h = 0; h < difference.length; h++) {
      row[h] = (row[h] as number) + spread * share * ((g === h ? 1 : 0) - (atRisk[h] as number) / reached);
    }
  }
}

/** dᵀ V⁻¹ d by Gaussian elimination; NaN when V is singular. */
function quadraticForm(matrix: readonly Float64Array[], vector: Float64Array): number {
  const n = vector.length;
  const rows = matrix.map((row, i) => Float64Array.from([...row, vector[i] as number]));
  for (let pivot = 0; pivot < n; pivot++) {
    const best = rows.slice(pivot).reduce((a, b) => (Math.abs(b[pivot] as number) > Math.abs(a[pivot] as number) ? b : a));
    if (Math.abs(best[pivot] as number) < 1e-12) return Number.NaN;
    const at = rows.indexOf(best);
    rows.splice(at, 1, rows[pivot] as (typeof rows)[number]);
    rows.splice(pivot, 1, best);
    for (const row of rows) {
      if (row === best) continue;
      const factor = (row[pivot] as number) / (best[pivot] as number);
      for (let k = pivot; k <= n; k++) row[k] = (row[k] as number) - factor * (best[k] as number);
    }
  }
  return rows.reduce((sum, row, i) => sum + ((vector[i] as number) * (row[n] as number)) / (row[i] as number), 0);
}
