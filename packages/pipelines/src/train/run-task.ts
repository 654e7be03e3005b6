import { type ClassPrediction, type ClassTarget, classification } from '@slidestream/classification';
import type { RunConfig } from '@slidestream/config';
import type { Fold, LabelRow } from '@slidestream/labels';
import { survivalBinsOf } from '@slidestream/labels';
import { type HeadRegistry, heads as ownHeads } from '@slidestream/mil-heads';
import { type SurvivalPrediction as RiskPrediction, type SurvivalTarget, survival } from '@slidestream/survival';
import type { BagResult, Task } from '@slidestream/training';
import type { PredictionSplit, PredictionTable } from '../predictions.js';
import { classificationBags, type LabelledBag, survivalBags } from './labelled-bag.js';

/** A row of `predictions.csv`, of either task. */
export type PredictionRow = PredictionTable['rows'][number];

/** A task bound to one fold: its bags and how a result becomes a row of predictions. */
export interface RunTask<Target = unknown> {
  readonly task: Task<Target>;
  readonly classes: readonly string[] | null;
  /** Upper and lower edges of the time bins, survival only. */
  readonly binEdges: readonly number[] | null;
  bags(rows: readonly LabelRow[]): LabelledBag<Target>[];
  row(
    bag: Pick<LabelledBag<Target>, 'id' | 'case'> & { readonly known: LabelledBag<Target> | null },
    result: BagResult,
    place: { fold: number; split: PredictionSplit },
  ): PredictionRow;
}

/** What a model must remember beside its weights to be used again. */
export interface TaskFacts {
  readonly classes: readonly string[] | null;
  readonly binEdges: readonly number[] | null;
}

/** The task of a configuration for one fold; time bins are cut on the training rows, or on all rows under `compat: reference`. */
export function runTaskOf(config: RunConfig, fold: Fold, classes: readonly string[], heads: HeadRegistry = ownHeads): RunTask<never> {
  if (config.task === 'classification') return classificationTask(config, classes, heads) as unknown as RunTask<never>;
  const rows = config.compat === 'reference' ? [...fold.train, ...fold.val, ...fold.test] : fold.train;
  const bins = survivalBinsOf(rows, { bins: config.survival.bins });
  return survivalTask(config, bins.edges, bins.binOf, heads) as unknown as RunTask<never>;
}

/** The task of a finished run, from what it remembered. */
export function runTaskFromFacts(config: RunConfig, facts: TaskFacts, heads: HeadRegistry = ownHeads): RunTask<never> {
  if (facts.classes !== null) return classificationTask(config, facts.classes, heads) as unknown as RunTask<never>;
  const edges = facts.binEdges ?? [];
  const binOf = (time: number): number =>
    Math.min(
      edges.length - 2,
      Math.max(
        0,
        edges.findLastIndex((edge) => time >= edge),
      ),
    );
  return survivalTask(config, edges, binOf, heads) as unknown as RunTask<never>;
}

function lossWeightsOf(config: RunConfig, heads: HeadRegistry): { main: number; auxiliary: number } {
  const { lossWeights } = config.training;
  // Weights that nobody set leave the word to a head with a loss of its own.
  return lossWeights.auxiliary === 0 && lossWeights.main === 1 ? (heads.get(config.head.name).lossWeights ?? lossWeights) : lossWeights;
}

function classificationTask(config: RunConfig, classes: readonly string[], heads: HeadRegistry): RunTask<ClassTarget> {
  const task = classification({ classes, lossWeights: lossWeightsOf(config, heads), selectionMetric: config.training.selectBy });
  return {
    task,
    classes,
    binEdges: null,
    bags: (rows) => classificationBags(rows, classes),
    row: (bag, result, place) => {
      const { className, probabilities } = task.predict(result.logits) as ClassPrediction;
      return { ...place, case: bag.case, slide: bag.id, label: bag.known?.label ?? null, prediction: className, probabilities };
    },
  };
}

function survivalTask(
  config: RunConfig,
  edges: readonly number[],
  binOf: (time: number) => number,
  heads: HeadRegistry,
): RunTask<SurvivalTarget> {
  const own = survival({ bins: edges.length - 1, lossWeights: lossWeightsOf(config, heads) });
  const task = { ...own, selectionMetric: config.training.selectBy ?? own.selectionMetric };
  return {
    task,
    classes: null,
    binEdges: edges,
    bags: (rows) => survivalBags(rows, binOf),
    row: (bag, result, place) => {
      const { risk } = task.predict(result.logits) as RiskPrediction;
      const target = bag.known?.target;
      const event = target === undefined ? null : target.event ? 1 : 0;
      return { ...place, case: bag.case, slide: bag.id, time: target?.time ?? null, event, risk };
    },
  };
}
