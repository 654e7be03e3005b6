import { ascendingOrder } from './average-ranks.js';
import { inverseCensoringWeights, observationCurve, type SurvivalOutcome } from './censoring-weights.js';
import { checkFinite, checkSameLength, type Numbers } from './check.js';
import { kaplanMeier } from './kaplan-meier.js';
import { stepAt } from './step-function.js';

/** Time-dependent AUC at some times and its mean. */
export interface DynamicAuc {
  /** NaN at a time by which there is no event, or after which nobody is left. */
  readonly auc: Float64Array;
  /** Over the times, weighted by the drop of the test cases' Kaplan–Meier curve. */
  readonly mean: number;
}

/**
 * Cumulative/dynamic AUC: at each time t how well the risk tells cases with an event by t from those beyond t, the former weighted
 * by 1 / G of their time.
 *
 * Higher is better, 0.5 is chance. Risks that differ by at most 1e-8 are tied and count ½.
 *
 * @param train - the cases that censoring is estimated on
 * @param test - the cases that are ranked
 * @param risks - higher = earlier event expected, one a test case
 * @param times - ascending, within the follow-up of the test cases
 * @throws SlidestreamError `metrics/no-follow-up`, `metrics/length-mismatch`, `metrics/not-finite`, `metrics/bad-event`
 * @see Uno et al. 2007, Evaluating prediction rules for t-year survivors; Lambert and Chevret 2016 for the mean
 */
export function dynamicAuc(train: SurvivalOutcome, test: SurvivalOutcome, risks: Numbers, times: Numbers): DynamicAuc {
  checkSameLength({ times: test.times.length, risks: risks.length });
  checkFinite('risks', risks);
  const weights = inverseCensoringWeights(observationCurve(train), test);
  const order = ascendingOrder(risks).reverse();
  const auc = Float64Array.from({ length: times.length }, (_, i) => aucAt(times[i] as number, test.times, weights, risks, order));
  if (times.length === 1) return { auc, mean: auc[0] as number };
  const curve = kaplanMeier(test.times, test.events);
  let before = 1;
  let sum = 0;
  for (let i = 0; i < times.length; i++) {
    const alive = stepAt(curve, times[i] as number);
    sum += (auc[i] as number) * (before - alive);
    before = alive;
  }
  return { auc, mean: sum / (1 - before) };
}

/** Trapezoids under the weighted ROC curve; a run of tied risks is one step. */
function aucAt(t: number, testTimes: Numbers, weights: Float64Array, risks: Numbers, order: Uint32Array): number {
  let cases = 0;
  let controls = 0;
  let area = 0;
  let casesBefore = 0;
  let controlsBefore = 0;
  for (let a = 0; a < order.length; a++) {
    const i = order[a] as number;
    if ((testTimes[i] as number) > t) controls++;
    else cases += weights[i] as number;
    const next = order[a + 1];
    if (next !== undefined && Math.abs((risks[i] as number) - (risks[next] as number)) <= 1e-8) continue;
    area += ((controls - controlsBefore) * (cases + casesBefore)) / 2;
    casesBefore = cases;
    controlsBefore = controls;
  }
  return area / (cases * controls);
}
