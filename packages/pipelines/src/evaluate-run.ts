import { bootstrap, cIndex, classificationMetrics, type Interval } from '@slidestream/metrics';
import type { ClassificationPrediction, PredictionSplit, PredictionTable, SurvivalPrediction } from './predictions.js';
import { notARun, openRunFolder } from './run-folder.js';

/** Which predictions of a run to evaluate, and how. */
export interface EvaluateRunOptions {
  readonly run: string;
  /** Default `test`. */
  readonly split?: PredictionSplit | undefined;
  /** Resamples; default 1000. */
  readonly bootstrap?: number | undefined;
  /** Level of the intervals; default 0.95. */
  readonly confidence?: number | undefined;
}

/** Metrics of a run. */
export interface EvaluateRunResult {
  readonly task: PredictionTable['task'];
  readonly split: PredictionSplit;
  readonly folds: readonly { readonly fold: number; readonly cases: number; readonly metrics: Readonly<Record<string, Interval>> }[];
  /** All folds' predictions taken together; the same as the only fold where there is one. */
  readonly pooled: { readonly cases: number; readonly metrics: Readonly<Record<string, Interval>> };
}

/**
 * Metrics of a run's predictions with bootstrap intervals over patients.
 *
 * @throws SlidestreamError `run/not-a-run`, `io/not-found`, `run/bad-predictions`, `metrics/no-cases`
 */
export async function evaluateRun(options: EvaluateRunOptions): Promise<EvaluateRunResult> {
  const { split = 'test', bootstrap: resamples = 1000, confidence: level = 0.95 } = options;
  const run = await openRunFolder(options.run);
  const manifest = await run.manifest();
  if (manifest === null) throw notARun(options.run);
  const { seed } = manifest;
  const table = await run.predictions();
  const rows = table.rows.filter((row) => row.split === split && isKnown(row));
  const measure = (own: typeof rows): { cases: number; metrics: Record<string, Interval> } => ({
    cases: own.length,
    metrics: bootstrap(
      own.length,
      (at) =>
        metricsOf(
          table,
          Array.from(at, (i) => own[i] as (typeof own)[number]),
        ),
      {
        seed,
        resamples,
        level,
        groups: own.map((row) => row.case),
      },
    ),
  });
  const numbers = [...new Set(rows.map((row) => row.fold))].sort((a, b) => a - b);
  return {
    task: table.task,
    split,
    folds: numbers.map((fold) => ({ fold, ...measure(rows.filter((row) => row.fold === fold)) })),
    pooled: measure(rows),
  };
}

/** Whether the truth of a prediction is known. */
export function isKnown(row: ClassificationPrediction | SurvivalPrediction): boolean {
  return 'label' in row ? row.label !== null : row.time !== null && row.event !== null;
}

/** Every metric of the task on these rows of a table. */
export function metricsOf(
  table: PredictionTable,
  rows: readonly (ClassificationPrediction | SurvivalPrediction)[],
): Record<string, number> {
  if (table.task === 'survival') {
    const own = rows as readonly SurvivalPrediction[];
    return {
      cIndex: cIndex(
        own.map((row) => row.time as number),
        own.map((row) => row.event === 1),
        own.map((row) => row.risk),
      ),
    };
  }
  const own = rows as readonly ClassificationPrediction[];
  const labels = own.map((row) => table.classes.indexOf(row.label as string));
  return classificationMetrics(labels, Float64Array.from(own.flatMap((row) => row.probabilities)), table.classes.length);
}
