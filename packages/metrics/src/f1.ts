import type { Numbers } from './check.js';
import { type AverageOptions, averageOverClasses, type ClassCounts, classCounts } from './class-counts.js';

/**
 * F1, 2tp / (2tp + fp + fn): the harmonic mean of precision and recall. 0 where a class has no true positive.
 *
 * Higher is better; macro average over the classes that occur unless told otherwise.
 *
 * @param labels - class index a case, [n]
 * @param predictions - class index a case, [n]
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`
 */
export function f1(labels: Numbers, predictions: Numbers, options: AverageOptions = {}): number {
  return averageOverClasses(labels, predictions, ofClass, options);
}

/** {@link f1} of every class up to the largest index that occurs. */
export function f1PerClass(labels: Numbers, predictions: Numbers): Float64Array {
  return Float64Array.from(classCounts(labels, predictions), ofClass);
}

function ofClass({ truePositives, falsePositives, falseNegatives }: ClassCounts): number {
  return truePositives === 0 ? 0 : (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives);
}
