import type { Numbers } from './check.js';
import { type AverageOptions, averageOverClasses, type ClassCounts, classCounts } from './class-counts.js';

/**
 * Recall (sensitivity), tp / (tp + fn): the share of a class's cases that are found. 0 where a class is predicted but absent.
 *
 * Higher is better; macro average over the classes that occur among labels *or predictions* unless told otherwise, which is
 * where it differs from `balancedAccuracy`.
 *
 * @param labels - class index a case, [n]
 * @param predictions - class index a case, [n]
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`
 */
export function recall(labels: Numbers, predictions: Numbers, options: AverageOptions = {}): number {
  return averageOverClasses(labels, predictions, ofClass, options);
}

/** {@link recall} of every class up to the largest index that occurs. */
export function recallPerClass(labels: Numbers, predictions: Numbers): Float64Array {
  return Float64Array.from(classCounts(labels, predictions), ofClass);
}

function ofClass({ truePositives, falseNegatives }: ClassCounts): number {
  return truePositives === 0 ? 0 : truePositives / (truePositives + falseNegatives);
}
