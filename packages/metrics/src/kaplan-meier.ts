import { ascendingOrder } from './average-ranks.js';
import type { Numbers } from './check.js';
import { checkSurvival } from './concordance.js';
import type { StepFunction } from './step-function.js';

/** Survival over time with the counts behind it. */
export interface KaplanMeier extends StepFunction {
  /** Cases that reach each time. */
  readonly atRisk: Float64Array;
  /** Events at each time. */
  readonly events: Float64Array;
}

/**
 * Kaplan–Meier estimate S(t) = Π_{tᵢ ≤ t} (1 − dᵢ / nᵢ) of the chance to live beyond t. A case censored at the time of an event is
 * still at risk of it.
 *
 * @param times - follow-up or event times, [n]
 * @param events - 1 (or true) event observed, 0 censored, [n]
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/not-finite`, `metrics/bad-event`
 * @example
 * ```ts
 * const curve = kaplanMeier([5, 8, 12], [1, 0, 1]);
 * stepAt(curve, 6); // 2/3
 * ```
 * @see Kaplan and Meier 1958, Nonparametric estimation from incomplete observations
 */
export function kaplanMeier(times: Numbers, events: ArrayLike<number | boolean>): KaplanMeier {
  return productLimit(times, events, false);
}

/**
 * Kaplan–Meier estimate of the chance to be still under observation: censoring is the event. A case with an event at the time of
 * a censoring has left before it.
 *
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/not-finite`, `metrics/bad-event`
 */
export function censoringCurve(times: Numbers, events: ArrayLike<number | boolean>): KaplanMeier {
  return productLimit(times, events, true);
}

function productLimit(times: Numbers, events: ArrayLike<number | boolean>, ofCensoring: boolean): KaplanMeier {
  checkSurvival(times, events);
  const order = ascendingOrder(times);
  const out = { times: [] as number[], values: [] as number[], atRisk: [] as number[], events: [] as number[] };
  let survival = 1;
  for (let start = 0; start < order.length; ) {
    const time = times[order[start] as number] as number;
    let end = start;
    let died = 0;
    for (; end < order.length && times[order[end] as number] === time; end++) if (events[order[end] as number]) died++;
    const reached = order.length - start - (ofCensoring ? died : 0);
    const lost = ofCensoring ? end - start - died : died;
    if (lost > 0) survival *= 1 - lost / reached;
    out.times.push(time);
    out.values.push(survival);
    out.atRisk.push(reached);
    out.events.push(lost);
    start = end;
  }
  return {
    times: Float64Array.from(out.times),
    values: Float64Array.from(out.values),
    atRisk: Float64Array.from(out.atRisk),
    events: Float64Array.from(out.events),
  };
}
