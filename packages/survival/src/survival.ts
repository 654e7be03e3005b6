import { SlidestreamError } from '@slidestream/core';
import { cIndex } from '@slidestream/metrics';
import type { Task } from '@slidestream/training';
import { nllSurvival } from './nll-survival.js';
import { hazardsOf, riskOf, survivalOf } from './survival-curve.js';

/** What is to be learnt of a case. */
export interface SurvivalTarget {
  /** Follow-up or event time. */
  readonly time: number;
  /** Whether the event was observed; otherwise the case is censored at `time`. */
  readonly event: boolean;
  /** Time bin of `time`, from the edges of the training data. */
  readonly bin: number;
}

/** What the model says of a case. */
export interface SurvivalPrediction {
  /** Higher = earlier event expected. */
  readonly risk: number;
  /** [K], chance of the event within each bin for those who reach it. */
  readonly hazards: readonly number[];
  /** [K], chance to live beyond each bin. */
  readonly survival: readonly number[];
}

/** Options of {@link survival}. */
export interface SurvivalOptions {
  /** K, number of time bins. */
  readonly bins: number;
  /** How much more uncensored cases count in the loss; default 0. */
  readonly alpha?: number | undefined;
  readonly lossWeights?: { readonly main: number; readonly auxiliary: number } | undefined;
}

/**
 * Discrete-time survival: loss, risk and concordance.
 *
 * @throws SlidestreamError `survival/bins` for fewer than two bins
 * @example
 * ```ts
 * const task = survival({ bins: 4 });
 * task.predict(Float32Array.of(-2, -1, 0, 1)).risk;
 * ```
 */
export function survival(options: SurvivalOptions): Task<SurvivalTarget, SurvivalPrediction> {
  const { bins, alpha = 0, lossWeights = { main: 1, auxiliary: 0 } } = options;
  if (!(Number.isInteger(bins) && bins >= 2)) {
    throw new SlidestreamError({ code: 'survival/bins', category: 'usage', message: `survival needs two time bins or more, got ${bins}` });
  }
  const predict = (logits: Float32Array): SurvivalPrediction => {
    const hazards = hazardsOf(logits);
    const curve = survivalOf(hazards);
    return { risk: riskOf(curve), hazards: [...hazards], survival: [...curve] };
  };
  return {
    name: 'survival',
    outputs: bins,
    lossWeights,
    selectionMetric: 'cIndex',
    labelOf: ({ bin }) => bin,
    loss: (logits, targets) =>
      nllSurvival(
        logits,
        targets.map(({ bin }) => checkedBin(bin, bins)),
        targets.map(({ event }) => (event ? 0 : 1)),
        { alpha },
      ),
    predict,
    metrics: (scored) => ({
      cIndex: cIndex(
        scored.map(({ target }) => target.time),
        scored.map(({ target }) => target.event),
        scored.map(({ logits }) => predict(logits).risk),
      ),
    }),
  };
}

function checkedBin(bin: number, bins: number): number {
  if (Number.isInteger(bin) && bin >= 0 && bin < bins) return bin;
  throw new SlidestreamError({
    code: 'survival/bin',
    category: 'data',
    message: `time bin ${bin} is none of 0 to ${bins - 1}`,
    hint: 'Check the bin edges and the label table',
  });
}
