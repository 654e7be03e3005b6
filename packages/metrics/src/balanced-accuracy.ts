import type { Numbers } from './check.js';
import { classCounts } from './class-counts.js';
import { recall } from './recall.js';

/** Which classes {@link balancedAccuracy} averages over. */
export interface BalancedAccuracyOptions {
  /** `reference`: a class that is predicted but absent from the labels counts 0, as in its macro accuracy. */
  readonly compat?: 'reference' | undefined;
}

/**
 * Mean recall over the classes that occur among the labels: accuracy as if every class were equally frequent.
 *
 * Higher is better, 1 / classes is chance; NaN without cases.
 *
 * @param labels - class index a case, [n]
 * @param predictions - class index a case, [n]
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`
 * @see Brodersen et al. 2010, The balanced accuracy and its posterior distribution
 */
export function balancedAccuracy(labels: Numbers, predictions: Numbers, options: BalancedAccuracyOptions = {}): number {
  if (options.compat === 'reference') return recall(labels, predictions);
  let sum = 0;
  let present = 0;
  for (const { truePositives, falseNegatives } of classCounts(labels, predictions)) {
    if (truePositives + falseNegatives === 0) continue;
    sum += truePositives / (truePositives + falseNegatives);
    present++;
  }
  return sum / present;
}
