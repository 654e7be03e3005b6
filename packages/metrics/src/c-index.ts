import type { Numbers } from './check.js';
import { type ConcordanceOptions, concordance } from './concordance.js';

/**
 * Harrell's concordance index: among comparable pairs the share in which the case with the earlier event has the higher risk,
 * tied risks counting ½.
 *
 * Higher is better, 0.5 is chance; NaN when no pair is comparable (the reference throws there). See {@link concordance} for
 * which pairs are comparable.
 *
 * @param times - follow-up or event times, [n]
 * @param events - 1 (or true) event observed, 0 censored, [n]
 * @param risks - higher = earlier event expected, [n]
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/not-finite`, `metrics/bad-event`
 * @example
 * ```ts
 * cIndex([5, 8, 12], [1, 0, 1], [0.9, 0.4, 0.1]); // 1
 * ```
 */
export function cIndex(times: Numbers, events: ArrayLike<number | boolean>, risks: Numbers, options: ConcordanceOptions = {}): number {
  return concordance(times, events, risks, options).value;
}
