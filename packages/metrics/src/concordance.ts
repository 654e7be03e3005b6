import { ascendingOrder } from './average-ranks.js';
import { checkFinite, checkSameLength, metricError, type Numbers } from './check.js';

/** Pair counts behind a concordance index. */
export interface Concordance {
  /** (concordant + ½ tied risk) / comparable, weighted where weights were given. */
  readonly value: number;
  readonly concordant: number;
  readonly discordant: number;
  /** Comparable pairs whose risks differ by at most the tolerance. */
  readonly tiedRisk: number;
  /** Comparable pairs (event, censored) with the same time. */
  readonly tiedTime: number;
}

/** Settings of {@link concordance}. */
export interface ConcordanceOptions {
  /** Risks that differ by at most this count as tied; 1e-8 by default. */
  readonly tieTolerance?: number | undefined;
  /** Weight of the pairs of each case with an event, [n]. */
  readonly weights?: Numbers | undefined;
}

/**
 * Pair counts and Harrell's concordance index. A pair (i, j) is comparable when i has an event and j's time is later, or the
 * same and j censored; it is concordant when i has the higher risk.
 *
 * @param times - follow-up or event times, [n]
 * @param events - 1 (or true) event observed, 0 censored, [n]
 * @param risks - higher = earlier event expected, [n]; survival probabilities or predicted times are not accepted
 * @returns `value` is NaN when no pair is comparable
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/not-finite`, `metrics/bad-event`
 * @see Harrell et al. 1996, Multivariable prognostic models
 */
export function concordance(
  times: Numbers,
  events: ArrayLike<number | boolean>,
  risks: Numbers,
  options: ConcordanceOptions = {},
): Concordance {
  checkSurvival(times, events);
  checkSameLength({ times: times.length, risks: risks.length });
  checkFinite('risks', risks);
  const tolerance = options.tieTolerance ?? 1e-8;
  const order = ascendingOrder(times);
  let concordant = 0;
  let tiedRisk = 0;
  let tiedTime = 0;
  let comparable = 0;
  let numerator = 0;
  let denominator = 0;
  for (let a = 0; a < order.length; a++) {
    const i = order[a] as number;
    if (!events[i]) continue;
    let right = 0;
    let ties = 0;
    let pairs = 0;
    let b = a;
    while (b > 0 && times[order[b - 1] as number] === times[i]) b--;
    for (; b < order.length; b++) {
      const j = order[b] as number;
      const sameTime = times[j] === times[i];
      if (sameTime && events[j]) continue;
      const lead = (risks[i] as number) - (risks[j] as number);
      pairs++;
      if (sameTime) tiedTime++;
      if (Math.abs(lead) <= tolerance) ties++;
      else if (lead > 0) right++;
    }
    const weight = options.weights === undefined ? 1 : (options.weights[i] as number);
    concordant += right;
    tiedRisk += ties;
    comparable += pairs;
    numerator += weight * (right + ties / 2);
    denominator += weight * pairs;
  }
  const value = denominator === 0 ? Number.NaN : numerator / denominator;
  return { value, concordant, discordant: comparable - concordant - tiedRisk, tiedRisk, tiedTime };
}

/** Refuses times and events that cannot be a survival outcome. */
export function checkSurvival(times: Numbers, events: ArrayLike<number | boolean>): void {
  checkSameLength({ times: times.length, events: events.length });
  checkFinite('times', times);
  for (let i = 0; i < events.length; i++) {
    const event = events[i];
    if (event !== 0 && event !== 1 && event !== true && event !== false) {
      throw metricError('bad-event', `events[${i}] is ${String(event)}, neither 0 (censored) nor 1 (event observed)`);
    }
  }
}
