import { auc } from './auc.js';
import { averageRanks } from './average-ranks.js';
import type { Numbers } from './check.js';
import { normalTwoSided } from './chi-square.js';

/** Two AUCs of the same cases compared. */
export interface DeLong {
  readonly first: number;
  readonly second: number;
  /** first − second. */
  readonly difference: number;
  /** Standard error of the difference. */
  readonly standardError: number;
  /** Two-sided; 1 where both rank the cases alike, NaN where the AUC is not defined. */
  readonly pValue: number;
}

/**
 * DeLong's test of two scores having the same AUC on the same cases.
 *
 * @param labels - 0 or 1 a case, [n]
 * @param first - scores, higher for class 1, [n]
 * @param second - scores of the other model, [n]
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`, `metrics/not-finite`
 * @see DeLong et al. 1988, Comparing the areas under two or more correlated ROC curves; Sun and Xu 2014 for the midranks
 */
export function deLong(labels: Numbers, first: Numbers, second: Numbers): DeLong {
  const a = { value: auc(labels, first), ...placements(labels, first) };
  const b = { value: auc(labels, second), ...placements(labels, second) };
  const difference = a.value - b.value;
  const variance = spread(a.positives, b.positives) + spread(a.negatives, b.negatives);
  const standardError = Math.sqrt(variance);
  const same = difference === 0 && variance === 0;
  return { first: a.value, second: b.value, difference, standardError, pValue: same ? 1 : normalTwoSided(difference / standardError) };
}

/** For each positive the share of negatives below it, for each negative the share of positives above it; ties ½. */
function placements(labels: Numbers, scores: Numbers): { positives: number[]; negatives: number[] } {
  const indices = (label: number): number[] => Array.from({ length: labels.length }, (_, i) => i).filter((i) => labels[i] === label);
  const all = averageRanks(scores);
  const within = (at: readonly number[]): Float64Array => averageRanks(at.map((i) => scores[i] as number));
  const [negative, positive] = [indices(0), indices(1)];
  const [ofNegatives, ofPositives] = [within(negative), within(positive)];
  return {
    positives: positive.map((i, k) => ((all[i] as number) - (ofPositives[k] as number)) / negative.length),
    negatives: negative.map((i, k) => 1 - ((all[i] as number) - (ofNegatives[k] as number)) / positive.length),
  };
}

/** Sample variance of the differences, divided by their number. */
function spread(first: readonly number[], second: readonly number[]): number {
  const n = first.length;
  const differences = first.map((value, i) => value - (second[i] as number));
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  return differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n;
}
