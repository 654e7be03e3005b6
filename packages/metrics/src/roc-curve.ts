import { ascendingOrder } from './average-ranks.js';
import { checkClasses, checkFinite, checkSameLength, type Numbers } from './check.js';

/** A ROC curve from (0, 0) to (1, 1), one point a distinct score. */
export interface RocCurve {
  readonly falsePositiveRate: Float64Array;
  readonly truePositiveRate: Float64Array;
  /** A case is called positive when its score ≥ the threshold; the first is +Infinity. */
  readonly thresholds: Float64Array;
}

/**
 * The ROC curve of a binary label. Rates are NaN when the class they are shares of is absent.
 *
 * @param labels - 0 or 1 a case, [n]
 * @param scores - higher for class 1, [n]
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`, `metrics/not-finite`
 */
export function rocCurve(labels: Numbers, scores: Numbers): RocCurve {
  checkSameLength({ labels: labels.length, scores: scores.length });
  checkClasses('labels', labels, 2);
  checkFinite('scores', scores);
  const order = ascendingOrder(scores).reverse();
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i] as number;
  const negatives = labels.length - positives;
  const falsePositiveRate = [0 / negatives];
  const truePositiveRate = [0 / positives];
  const thresholds = [Number.POSITIVE_INFINITY];
  let hits = 0;
  for (let i = 0; i < order.length; i++) {
    const at = order[i] as number;
    hits += labels[at] as number;
    const next = order[i + 1];
    if (next !== undefined && scores[next] === scores[at]) continue;
    falsePositiveRate.push((i + 1 - hits) / negatives);
    truePositiveRate.push(hits / positives);
    thresholds.push(scores[at] as number);
  }
  return {
    falsePositiveRate: Float64Array.from(falsePositiveRate),
    truePositiveRate: Float64Array.from(truePositiveRate),
    thresholds: Float64Array.from(thresholds),
  };
}
