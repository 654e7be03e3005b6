import { accuracy } from './accuracy.js';
import { argmaxRows } from './argmax.js';
import { auc } from './auc.js';
import { balancedAccuracy } from './balanced-accuracy.js';
import { checkSameLength, type Numbers } from './check.js';
import { f1 } from './f1.js';
import { kappa } from './kappa.js';
import { macroAuc } from './macro-auc.js';
import { precision } from './precision.js';
import { recall } from './recall.js';
import { softmaxRows } from './softmax.js';

/** The reference's metric vector under its own names. */
export interface ReferenceMetrics {
  readonly auc: number;
  /** Mean recall over the classes that occur among labels or predictions. */
  readonly acc: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Unweighted kappa. */
  readonly ck: number;
  /** Share of right cases. */
  readonly acc_micro: number;
}

/** The reference's option `bin_metric`. */
export interface ReferenceMetricsOptions {
  /** Two classes: use the logit of class 1 alone, as a sigmoid score. */
  readonly binMetric?: boolean | undefined;
}

/**
 * Classification metrics as the reference takes them from raw logits: a class without positives or negatives has AUC 0, and
 * probabilities are made only when some logit lies outside [0, 1] (SPEC §15.2). For comparison with its numbers; use
 * {@link classificationMetrics} for right ones.
 *
 * @param labels - class index a case, [n]
 * @param logits - row-major [n, classCount]
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`, `metrics/not-finite`
 */
export function referenceMetrics(
  labels: Numbers,
  logits: Numbers,
  classCount: number,
  options: ReferenceMetricsOptions = {},
): ReferenceMetrics {
  checkSameLength({ 'labels × classes': labels.length * classCount, logits: logits.length });
  if (options.binMetric === true && classCount === 2) return fromPositiveLogit(labels, logits);
  const scores = outsideUnit(logits) ? float32(softmaxRows(logits, classCount)) : logits;
  const predictions = argmaxRows(logits, classCount);
  return {
    auc: macroAuc(labels, scores, classCount, { compat: 'reference' }),
    acc: balancedAccuracy(labels, predictions, { compat: 'reference' }),
    precision: precision(labels, predictions),
    recall: recall(labels, predictions),
    f1: f1(labels, predictions),
    ck: kappa(labels, predictions),
    acc_micro: accuracy(labels, predictions),
  };
}

function fromPositiveLogit(labels: Numbers, logits: Numbers): ReferenceMetrics {
  const positive = Float64Array.from({ length: labels.length }, (_, i) => logits[2 * i + 1] as number);
  const scores = outsideUnit(positive) ? float32(positive.map((logit) => 1 / (1 + Math.exp(-logit)))) : positive;
  const predictions = Array.from(scores, (score) => (score > 0.5 ? 1 : 0));
  const area = auc(labels, scores);
  const share = accuracy(labels, predictions);
  return {
    auc: Number.isNaN(area) ? 0 : area,
    acc: share,
    precision: precision(labels, predictions, { average: 1 }),
    recall: recall(labels, predictions, { average: 1 }),
    f1: f1(labels, predictions, { average: 1 }),
    ck: kappa(labels, predictions),
    acc_micro: share,
  };
}

function outsideUnit(values: Numbers): boolean {
  for (let i = 0; i < values.length; i++) if (!((values[i] as number) >= 0 && (values[i] as number) <= 1)) return true;
  return false;
}

/** The reference works in float32, where saturated probabilities tie. */
function float32(values: Float64Array): Float32Array {
  return Float32Array.from(values);
}
