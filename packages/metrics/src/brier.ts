import { checkClasses, checkFinite, checkSameLength, type Numbers } from './check.js';

/**
 * Brier score of class probabilities: mean of Σ_k (p_k − y_k)² over the cases, for two classes halved so that it is the usual
 * (p₁ − y)².
 *
 * Lower is better, 0 is perfect. Logits are not accepted.
 *
 * @param labels - class index a case, [n]
 * @param probabilities - row-major [n, classCount], rows sum to 1
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`, `metrics/not-finite`
 * @see Brier 1950, Verification of forecasts expressed in terms of probability
 */
export function brier(labels: Numbers, probabilities: Numbers, classCount: number): number {
  checkSameLength({ 'labels × classes': labels.length * classCount, probabilities: probabilities.length });
  checkClasses('labels', labels, classCount);
  checkFinite('probabilities', probabilities);
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    for (let k = 0; k < classCount; k++) {
      sum += ((probabilities[i * classCount + k] as number) - (labels[i] === k ? 1 : 0)) ** 2;
    }
  }
  return sum / labels.length / (classCount === 2 ? 2 : 1);
}
