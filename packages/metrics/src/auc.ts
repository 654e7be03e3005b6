import { averageRanks } from './average-ranks.js';
import { checkClasses, checkFinite, checkSameLength, type Numbers } from './check.js';

/**
 * Area under the ROC curve of a binary label: the share of (positive, negative) pairs in which the positive has the higher
 * score, a tie counting ½ (Mann–Whitney U).
 *
 * Higher is better, 0.5 is chance. Depends on the order of the scores alone; infinite scores are ordered, NaN is refused.
 *
 * @param labels - 0 or 1 a case, [n]
 * @param scores - higher for class 1, [n]
 * @returns NaN when one of the classes is absent
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/bad-class`, `metrics/not-finite`
 * @example
 * ```ts
 * auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]); // 0.75
 * ```
 * @see Hanley and McNeil 1982, The meaning and use of the area under a ROC curve
 */
export function auc(labels: Numbers, scores: Numbers): number {
  checkSameLength({ labels: labels.length, scores: scores.length });
  checkClasses('labels', labels, 2);
  checkFinite('scores', scores, true);
  const ranks = averageRanks(scores);
  let positives = 0;
  let rankSum = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 1) continue;
    positives++;
    rankSum += ranks[i] as number;
  }
  const pairs = positives * (labels.length - positives);
  return pairs === 0 ? Number.NaN : (rankSum - (positives * (positives + 1)) / 2) / pairs;
}
