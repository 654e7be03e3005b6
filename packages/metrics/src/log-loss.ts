import { checkClasses, checkFinite, checkSameLength, type Numbers } from './check.js';

/**
 * Mean negative log-likelihood of the true class. Lower is better; probabilities below the smallest float64 step (2⁻⁵²) count
 * as that, so that one certain error is dear but finite.
 *
 * @param labels - class index a case, [n]
 * @param probabilities - row-major [n, classCount], rows sum to 1; logits are not accepted
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`, `metrics/not-finite`
 */
export function logLoss(labels: Numbers, probabilities: Numbers, classCount: number): number {
  checkSameLength({ 'labels × classes': labels.length * classCount, probabilities: probabilities.length });
  checkClasses('labels', labels, classCount);
  checkFinite('probabilities', probabilities);
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const probability = probabilities[i * classCount + (labels[i] as number)] as number;
    sum -= Math.log(Math.min(Math.max(probability, Number.EPSILON), 1));
  }
  return sum / labels.length;
}
