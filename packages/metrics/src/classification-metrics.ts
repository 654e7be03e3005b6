import { accuracy } from './accuracy.js';
import { argmaxRows } from './argmax.js';
import { balancedAccuracy } from './balanced-accuracy.js';
import { brier } from './brier.js';
import { checkSameLength, type Numbers } from './check.js';
import { ece } from './ece.js';
import { f1 } from './f1.js';
import { kappa } from './kappa.js';
import { macroAuc } from './macro-auc.js';
import { precision } from './precision.js';
import { recall } from './recall.js';

/** The names under which a run's summary reports classification. */
export type ClassificationMetric = 'auc' | 'accuracy' | 'balancedAccuracy' | 'f1' | 'precision' | 'recall' | 'kappa' | 'brier' | 'ece';

/**
 * Every classification metric of a run's summary from class probabilities; the prediction is the most probable class.
 *
 * @param labels - class index a case, [n]
 * @param probabilities - row-major [n, classCount], rows sum to 1
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`, `metrics/not-finite`
 * @example
 * ```ts
 * const { auc, balancedAccuracy } = classificationMetrics(labels, softmaxRows(logits, 2), 2);
 * ```
 */
export function classificationMetrics(labels: Numbers, probabilities: Numbers, classCount: number): Record<ClassificationMetric, number> {
  checkSameLength({ 'labels × classes': labels.length * classCount, probabilities: probabilities.length });
  const predictions = argmaxRows(probabilities, classCount);
  return {
    auc: macroAuc(labels, probabilities, classCount),
    accuracy: accuracy(labels, predictions),
    balancedAccuracy: balancedAccuracy(labels, predictions),
    f1: f1(labels, predictions),
    precision: precision(labels, predictions),
    recall: recall(labels, predictions),
    kappa: kappa(labels, predictions),
    brier: brier(labels, probabilities, classCount),
    ece: ece(labels, probabilities, classCount),
  };
}
