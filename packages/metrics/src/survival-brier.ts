import { observationCurve, type SurvivalOutcome } from './censoring-weights.js';
import { checkFinite, checkSameLength, metricError, type Numbers } from './check.js';
import { stepAt } from './step-function.js';

/**
 * Time-dependent Brier score: mean squared distance at each time between the predicted chance to live beyond it and whether the
 * case did, weighted for censoring.
 *
 * Lower is better, 0.25 is a coin. Takes survival probabilities, not risks.
 *
 * @param train - the cases that censoring is estimated on
 * @param test - the cases that are judged
 * @param survival - predicted S(t), row-major [test cases, times]
 * @param times - within the follow-up
 * @throws SlidestreamError `metrics/length-mismatch`, `metrics/not-finite`, `metrics/bad-event`
 * @see Graf et al. 1999, Assessment and comparison of prognostic classification schemes for survival data
 */
export function survivalBrier(train: SurvivalOutcome, test: SurvivalOutcome, survival: Numbers, times: Numbers): Float64Array {
  const count = test.times.length;
  checkSameLength({ times: count, events: test.events.length });
  checkSameLength({ 'cases × times': count * times.length, survival: survival.length });
  checkFinite('survival', survival);
  const observed = observationCurve(train);
  const inverse = (t: number): number => {
    const chance = stepAt(observed, t);
    return chance === 0 ? 0 : 1 / chance;
  };
  return Float64Array.from({ length: times.length }, (_, k) => {
    const t = times[k] as number;
    const weightNow = inverse(t);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const predicted = survival[i * times.length + k] as number;
      if ((test.times[i] as number) > t) sum += (1 - predicted) ** 2 * weightNow;
      else if (test.events[i]) sum += predicted ** 2 * inverse(test.times[i] as number);
    }
    return sum / count;
  });
}

/**
 * Mean of {@link survivalBrier} over the span of `times`, by trapezoids. Lower is better.
 *
 * @param times - ascending, two or more
 * @throws SlidestreamError `metrics/bad-option` for fewer than two times; what {@link survivalBrier} throws
 */
export function integratedBrier(train: SurvivalOutcome, test: SurvivalOutcome, survival: Numbers, times: Numbers): number {
  if (times.length < 2) throw metricError('bad-option', `an integral needs two times or more, got ${times.length}`);
  const scores = survivalBrier(train, test, survival, times);
  let area = 0;
  for (let k = 1; k < times.length; k++) {
    area += (((scores[k] as number) + (scores[k - 1] as number)) / 2) * ((times[k] as number) - (times[k - 1] as number));
  }
  return area / ((times[times.length - 1] as number) - (times[0] as number));
}
