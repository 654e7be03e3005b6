import { metricError, type Numbers } from './check.js';
import { checkSurvival } from './concordance.js';
import { censoringCurve, type KaplanMeier } from './kaplan-meier.js';
import { stepAt } from './step-function.js';

/** Follow-up of a group of cases. */
export interface SurvivalOutcome {
  /** Follow-up or event times, [n]. */
  readonly times: Numbers;
  /** 1 (or true) event observed, 0 censored, [n]. */
  readonly events: ArrayLike<number | boolean>;
}

/** The chance to be under observation at t, as the training cases show it. */
export function observationCurve(train: SurvivalOutcome): KaplanMeier {
  return censoringCurve(train.times, train.events);
}

/**
 * 1 / G(t) of each case with an event and 0 of each without, G the chance to be still under observation in the training cases.
 *
 * @throws SlidestreamError `metrics/no-follow-up` when an event lies where no training case is observed any more
 */
export function inverseCensoringWeights(curve: KaplanMeier, { times, events }: SurvivalOutcome): Float64Array {
  checkSurvival(times, events);
  return Float64Array.from({ length: times.length }, (_, i) => {
    if (!events[i]) return 0;
    const observed = stepAt(curve, times[i] as number);
    if (observed === 0) {
      const hint = 'Give a time horizon within the follow-up of the training cases';
      throw metricError('no-follow-up', `no training case is under observation at time ${times[i]}`, hint);
    }
    return 1 / observed;
  });
}
