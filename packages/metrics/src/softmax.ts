import { checkFinite, type Numbers } from './check.js';

/**
 * Softmax of every row, stable for large logits.
 *
 * @param logits - row-major [n, classCount]
 * @returns float64 [n, classCount], rows sum to 1
 * @throws SlidestreamError `metrics/not-finite`
 */
export function softmaxRows(logits: Numbers, classCount: number): Float64Array {
  checkFinite('logits', logits);
  const out = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += classCount) {
    let max = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < classCount; k++) max = Math.max(max, logits[start + k] as number);
    let sum = 0;
    for (let k = 0; k < classCount; k++) {
      const value = Math.exp((logits[start + k] as number) - max);
      out[start + k] = value;
      sum += value;
    }
    for (let k = 0; k < classCount; k++) out[start + k] = (out[start + k] as number) / sum;
  }
  return out;
}
