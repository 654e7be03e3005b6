import type { Numbers } from './check.js';
import { confusionMatrix } from './confusion-matrix.js';

/** How far a wrong class counts in {@link kappa}. */
export interface KappaOptions {
  /** `none` (default): every confusion alike; `linear`, `quadratic`: by the distance of the class indices (graded labels). */
  readonly weights?: 'none' | 'linear' | 'quadratic' | undefined;
}

/**
 * Cohen's kappa: agreement beyond chance, 1 − observed / expected disagreement.
 *
 * Higher is better, 0 is chance. Distances are those of class indices, also where a grade between them never occurs.
 *
 * @param labels - class index a case, [n]
 * @param predictions - class index a case, [n]
 * @returns NaN when the expected disagreement is 0 (all cases of one class and predicted so)
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`
 * @see Cohen 1968, Weighted kappa
 */
export function kappa(labels: Numbers, predictions: Numbers, options: KappaOptions = {}): number {
  const { classCount: size, counts } = confusionMatrix(labels, predictions);
  const rows = new Float64Array(size);
  const columns = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const count = counts[i * size + j] as number;
      rows[i] = (rows[i] as number) + count;
      columns[j] = (columns[j] as number) + count;
    }
  }
  const weights = options.weights ?? 'none';
  let observed = 0;
  let expected = 0;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const distance = Math.abs(i - j);
      const weight = weights === 'none' ? Math.min(distance, 1) : weights === 'linear' ? distance : distance * distance;
      observed += weight * (counts[i * size + j] as number);
      expected += (weight * (rows[i] as number) * (columns[j] as number)) / labels.length;
    }
  }
  return expected === 0 ? Number.NaN : 1 - observed / expected;
}
