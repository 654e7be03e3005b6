import { checkClasses, checkSameLength, type Numbers } from './check.js';

/**
 * The share of cases whose prediction is right (the reference's `acc_micro`). Higher is better; NaN without cases.
 *
 * @param labels - class index a case, [n]
 * @param predictions - class index a case, [n]
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`
 */
export function accuracy(labels: Numbers, predictions: Numbers): number {
  checkSameLength({ labels: labels.length, predictions: predictions.length });
  checkClasses('labels', labels);
  checkClasses('predictions', predictions);
  let right = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] === predictions[i]) right++;
  return right / labels.length;
}
