import { ascendingOrder } from './average-ranks.js';
import { checkClasses, checkFinite, checkSameLength, type Numbers } from './check.js';

/**
 * Average precision: Σ (recall_k − recall_{k−1}) · precision_k over the distinct scores from high to low, without
 * interpolation.
 *
 * Higher is better, the share of positives is chance; NaN without positives.
 *
 * @param labels - 0 or 1 a case, [n]
 * @param scores - higher for class 1, [n]
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`, `metrics/not-finite`
 */
export function averagePrecision(labels: Numbers, scores: Numbers): number {
  checkSameLength({ labels: labels.length, scores: scores.length });
  checkClasses('labels', labels, 2);
  checkFinite('scores', scores, true);
  const order = ascendingOrder(scores).reverse();
  let hits = 0;
  let before = 0;
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    const at = order[i] as number;
    hits += labels[at] as number;
    const next = order[i + 1];
    if (next !== undefined && scores[next] === scores[at]) continue;
    sum += ((hits - before) * hits) / (i + 1);
    before = hits;
  }
  return hits === 0 ? Number.NaN : sum / hits;
}
