import type { Numbers } from './check.js';
import { type AverageOptions, averageOverClasses, type ClassCounts, classCounts } from './class-counts.js';

/**
 * Precision, tp / (tp + fp): the share of a class's predictions that are right. 0 where a class is never predicted.
 *
 * Higher is better; macro average over the classes that occur unless told otherwise.
 *
 * @param labels - class index a case, [n]
 * @param predictions - class index a case, [n]
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`
 */
export function precision(labels: Numbers, predictions: Numbers, options: AverageOptions = {}): number {
  return averageOverClasses(labels, predictions, ofClass, options);
}

/** {@link precision} of every class up to the largest index that occurs. */
export function precisionPerClass(labels: Numbers, predictions: Numbers): Float64Array {
  return Float64Array.from(classCounts(labels, predictions), ofClass);
}

function ofClass({ truePositives, falsePositives }: ClassCounts): number {
  return truePositives === 0 ? 0 : truePositives / (truePositives + falsePositives);
}
