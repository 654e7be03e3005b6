import { auc } from './auc.js';
import { checkClasses, checkSameLength, type Numbers } from './check.js';

/** How {@link macroAuc} treats a class that has no positives or no negatives. */
export interface MacroAucOptions {
  /** `reference`: such a class counts 0 (SPEC §17.7); by default it is left out. */
  readonly compat?: 'reference' | undefined;
}

/**
 * One-versus-rest AUC of every class, NaN where a class has no positives or no negatives.
 *
 * @param labels - class index a case, [n]
 * @param scores - row-major [n, classCount]
 */
export function aucPerClass(labels: Numbers, scores: Numbers, classCount: number): Float64Array {
  checkSameLength({ 'labels × classes': labels.length * classCount, scores: scores.length });
  checkClasses('labels', labels, classCount);
  const own = new Uint8Array(labels.length);
  const column = new Float64Array(labels.length);
  return Float64Array.from({ length: classCount }, (_, k) => {
    for (let i = 0; i < labels.length; i++) {
      own[i] = labels[i] === k ? 1 : 0;
      column[i] = scores[i * classCount + k] as number;
    }
    return auc(own, column);
  });
}

/**
 * Mean of the one-versus-rest AUCs over the classes for which it is defined; for two classes whose scores sum to a constant
 * this is the binary AUC.
 *
 * Higher is better. Scores must be comparable between cases (probabilities, not raw logits of a softmax).
 *
 * @param labels - class index a case, [n]
 * @param scores - row-major [n, classCount]
 * @returns NaN when no class has both positives and negatives
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`, `metrics/not-finite`
 */
export function macroAuc(labels: Numbers, scores: Numbers, classCount: number, options: MacroAucOptions = {}): number {
  const perClass = aucPerClass(labels, scores, classCount);
  const reference = options.compat === 'reference';
  const defined = perClass.filter((value) => !Number.isNaN(value));
  const sum = defined.reduce((total, value) => total + value, 0);
  return sum / (reference ? classCount : defined.length);
}
