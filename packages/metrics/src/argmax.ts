import { checkFinite, metricError, type Numbers } from './check.js';

/**
 * The index of each row's largest value; of equal ones the first.
 *
 * @param scores - row-major [n, classCount]
 * @throws SlidestreamError `metrics/not-finite`, `metrics/length-mismatch`
 */
export function argmaxRows(scores: Numbers, classCount: number): Int32Array {
  checkFinite('scores', scores, true);
  if (!(classCount >= 1) || scores.length % classCount !== 0) {
    throw metricError('length-mismatch', `${scores.length} scores are no whole rows of ${classCount} classes`);
  }
  return Int32Array.from({ length: scores.length / classCount }, (_, row) => {
    let best = 0;
    for (let k = 1; k < classCount; k++) {
      if ((scores[row * classCount + k] as number) > (scores[row * classCount + best] as number)) best = k;
    }
    return best;
  });
}
