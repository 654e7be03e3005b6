import { checkClasses, checkSameLength, type Numbers } from './check.js';

/** Counts of (true class, predicted class). */
export interface ConfusionMatrix {
  readonly classCount: number;
  /** Row-major [true, predicted]. */
  readonly counts: Float64Array;
}

/**
 * How often each true class was predicted as each class.
 *
 * @param labels - class index a case, [n]
 * @param predictions - class index a case, [n]
 * @param classCount - by default one more than the largest index that occurs
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`
 */
export function confusionMatrix(labels: Numbers, predictions: Numbers, classCount?: number): ConfusionMatrix {
  checkSameLength({ labels: labels.length, predictions: predictions.length });
  checkClasses('labels', labels, classCount);
  checkClasses('predictions', predictions, classCount);
  const size = classCount ?? largest(labels, predictions) + 1;
  const counts = new Float64Array(size * size);
  for (let i = 0; i < labels.length; i++) {
    const cell = (labels[i] as number) * size + (predictions[i] as number);
    counts[cell] = (counts[cell] as number) + 1;
  }
  return { classCount: size, counts };
}

function largest(...arrays: readonly Numbers[]): number {
  let max = -1;
  for (const values of arrays) for (let i = 0; i < values.length; i++) max = Math.max(max, values[i] as number);
  return max;
}
