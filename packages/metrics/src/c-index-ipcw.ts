import { inverseCensoringWeights, observationCurve, type SurvivalOutcome } from './censoring-weights.js';
import type { Numbers } from './check.js';
import { concordance } from './concordance.js';
import { pick } from './pick.js';

/** Settings of {@link cIndexIpcw}. */
export interface CIndexIpcwOptions {
  /** Only events before this time count; by default all. */
  readonly tau?: number | undefined;
  /** Risks that differ by at most this count as tied; 1e-8 by default. */
  readonly tieTolerance?: number | undefined;
}

/**
 * Concordance index with inverse-probability-of-censoring weights (Uno's C): pairs of an event at t weigh 1 / G(t)², so that the
 * censoring pattern does not move it as it moves Harrell's.
 *
 * Higher is better, 0.5 is chance; NaN when no pair is comparable.
 *
 * @param train - the cases that censoring is estimated on
 * @param test - the cases that are ranked
 * @param risks - higher = earlier event expected, one a test case
 * @throws SlidestreamError `metrics/no-follow-up`, `metrics/length-mismatch`, `metrics/not-finite`, `metrics/bad-event`
 * @see Uno et al. 2011, On the C-statistics for evaluating overall adequacy of risk prediction procedures
 */
export function cIndexIpcw(train: SurvivalOutcome, test: SurvivalOutcome, risks: Numbers, options: CIndexIpcwOptions = {}): number {
  const { tau = Number.POSITIVE_INFINITY, tieTolerance } = options;
  const inside = Array.from({ length: test.times.length }, (_, i) => i).filter((i) => (test.times[i] as number) < tau);
  const early = { times: pick(test.times, inside), events: inside.map((i) => Number(test.events[i])) };
  const ofEarly = inverseCensoringWeights(observationCurve(train), early);
  const weights = new Float64Array(test.times.length);
  inside.forEach((i, at) => {
    weights[i] = (ofEarly[at] as number) ** 2;
  });
  return concordance(test.times, test.events, risks, { weights, tieTolerance }).value;
}
