import { argmaxRows } from './argmax.js';
import { checkClasses, checkFinite, checkSameLength, type Numbers } from './check.js';

/** How {@link ece} groups the cases. */
export interface EceOptions {
  /** Number of bins of equal width over [0, 1]; 15 by default. */
  readonly bins?: number | undefined;
}

/**
 * Expected calibration error: over bins of the winning class's probability, the weighted mean distance between it and the
 * share of right predictions.
 *
 * Lower is better, 0 is perfectly calibrated. A bin holds (lower, upper]; 0 belongs to the first. Logits are not accepted.
 *
 * @param labels - class index a case, [n]
 * @param probabilities - row-major [n, classCount]
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`, `metrics/not-finite`
 * @see Guo et al. 2017, On calibration of modern neural networks, eq. 3
 */
export function ece(labels: Numbers, probabilities: Numbers, classCount: number, options: EceOptions = {}): number {
  checkSameLength({ 'labels × classes': labels.length * classCount, probabilities: probabilities.length });
  checkClasses('labels', labels, classCount);
  checkFinite('probabilities', probabilities);
  const bins = options.bins ?? 15;
  const gap = new Float64Array(bins);
  const winners = argmaxRows(probabilities, classCount);
  for (let i = 0; i < labels.length; i++) {
    const confidence = probabilities[i * classCount + (winners[i] as number)] as number;
    const bin = Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1));
    gap[bin] = (gap[bin] as number) + confidence - (winners[i] === labels[i] ? 1 : 0);
  }
  return gap.reduce((sum, value) => sum + Math.abs(value), 0) / labels.length;
}
