import {
  accuracy,
  argmaxRows,
  auc,
  aucPerClass,
  balancedAccuracy,
  bootstrap,
  cIndex,
  concordance,
  f1,
  kappa,
  macroAuc,
  pick,
  pickRows,
  precision,
  recall,
  referenceMetrics,
  softmaxRows,
} from '@slidestream/metrics';
import type { Comparison } from './comparison.js';
import { UnknownCase } from './conformance-case.js';
import { fieldsOf, type NumbersCheck } from './numbers-case.js';

const METRIC = { absolute: 1e-6 };
/** scikit-learn and scikit-survival count in double precision, as we do. */
const DOUBLE = { absolute: 1e-12 };

type Figures = Readonly<Record<string, number | null | readonly (number | null)[]>>;

interface Classification {
  readonly n_classes: number;
  readonly bin_metric: boolean;
  readonly kind?: string;
  readonly fold?: number;
  readonly logits: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly scores_all_in_unit_interval?: boolean;
  readonly reference: Figures;
  readonly sklearn: Figures;
}

interface Survival {
  readonly kind?: string;
  readonly event_observed: readonly boolean[];
  readonly time: readonly number[];
  readonly risk: readonly number[];
  readonly reference: number;
  readonly sksurv: Figures;
}

interface Resampled {
  readonly indices: readonly (readonly number[])[];
  readonly per_resample: readonly (number | Figures)[];
  readonly reference_mean_std: readonly [number, number] | Readonly<Record<string, readonly [number, number]>>;
}

/** Classification metrics: the reference's under `compat`, scikit-learn's against the mended ones. */
const classification: NumbersCheck = ({ value }, comparison) => {
  const one = fieldsOf<Classification>(value, [
    'n_classes',
    'bin_metric',
    'kind',
    'logits',
    'labels',
    'scores_all_in_unit_interval',
    'reference',
    'sklearn',
  ]);
  const logits = one.logits.flat();
  compareFigures(
    comparison,
    'reference',
    { ...referenceMetrics(one.labels, logits, one.n_classes, { binMetric: one.bin_metric }) },
    one.reference,
  );
  const scores = one.scores_all_in_unit_interval === true ? logits : softmaxRows(logits, one.n_classes);
  compareFigures(comparison, 'sklearn', mended(one, argmaxRows(logits, one.n_classes), scores), one.sklearn);
};

function mended({ labels, logits, n_classes }: Classification, predictions: Int32Array, scores: ArrayLike<number>): Figures {
  const positive = (values: ArrayLike<number>): number[] => labels.map((_, i) => values[i * n_classes + 1] as number);
  const averages = { macro: 'macro', weighted: 'weighted' } as const;
  const averaged = Object.entries({ f1, precision, recall }).flatMap(([name, figure]) => [
    ...Object.values(averages).map((average) => [`${name}_${average}`, figure(labels, predictions, { average })] as const),
    // With one label a case, micro averages are the accuracy.
    [`${name}_micro`, accuracy(labels, predictions)] as const,
  ]);
  return {
    ...Object.fromEntries(averaged),
    acc_micro: accuracy(labels, predictions),
    balanced_accuracy: balancedAccuracy(labels, predictions),
    kappa_unweighted: kappa(labels, predictions),
    kappa_linear: kappa(labels, predictions, { weights: 'linear' }),
    kappa_quadratic: kappa(labels, predictions, { weights: 'quadratic' }),
    auc_ovr_per_class: [...aucPerClass(labels, scores, n_classes)],
    auc_macro_ovr_present: macroAuc(labels, scores, n_classes),
    ...(n_classes === 2
      ? { auc_binary_prob1: auc(labels, positive(scores)), auc_binary_logit1_only: auc(labels, positive(logits.flat())) }
      : {}),
  };
}

/** C-index with its pair counts. */
const survivalCIndex: NumbersCheck = ({ value }, comparison) => {
  const one = fieldsOf<Survival>(value, ['kind', 'event_observed', 'time', 'risk', 'reference', 'sksurv']);
  const { value: cindex, concordant, discordant, tiedRisk, tiedTime } = concordance(one.time, one.event_observed, one.risk);
  comparison.close('reference', [cindex], [one.reference], METRIC);
  compareFigures(comparison, 'sksurv', { cindex, concordant, discordant, tied_risk: tiedRisk, tied_time: tiedTime }, one.sksurv);
};

/** Every resample's metrics, then mean and deviation over them. */
const bootstrapped: NumbersCheck = ({ value }, comparison) => {
  const one = fieldsOf<Partial<Classification> & Partial<Survival> & Resampled>(value, [
    'kind',
    'n_classes',
    'fold',
    'bin_metric',
    'logits',
    'labels',
    'event_observed',
    'time',
    'risk',
    'indices',
    'per_resample',
    'reference_mean_std',
  ]);
  const statistics = statisticsOf(one);
  one.per_resample.forEach((expected, r) => {
    const figures = statistics(Uint32Array.from(one.indices[r] ?? []));
    compareFigures(comparison, `resample ${r}`, figures, typeof expected === 'number' ? { cindex: expected } : expected);
  });
  const count = (one.labels ?? one.time ?? []).length;
  const ours = bootstrap(count, statistics, { seed: 0, indices: one.indices });
  const recorded = Array.isArray(one.reference_mean_std) ? { cindex: one.reference_mean_std } : one.reference_mean_std;
  for (const [name, pair] of Object.entries(recorded as Record<string, readonly [number, number]>)) {
    comparison.close(`mean and deviation of ${name}`, [ours[name]?.mean ?? Number.NaN, ours[name]?.sd ?? Number.NaN], pair, METRIC);
  }
};

function statisticsOf(one: Partial<Classification> & Partial<Survival>): (at: Uint32Array) => Record<string, number> {
  const { labels, logits, n_classes, time, event_observed, risk } = one;
  if (time !== undefined && event_observed !== undefined && risk !== undefined) {
    const events = event_observed.map(Number);
    return (at) => ({ cindex: cIndex(pick(time, at), pick(events, at), pick(risk, at)) });
  }
  if (labels === undefined || logits === undefined || n_classes === undefined) throw new UnknownCase('neither classes nor survival');
  const flat = logits.flat();
  return (at) => ({ ...referenceMetrics(pick(labels, at), pickRows(flat, n_classes, at), n_classes, { binMetric: one.bin_metric }) });
}

function compareFigures(comparison: Comparison, prefix: string, ours: Figures, recorded: Figures): void {
  for (const [name, expected] of Object.entries(recorded)) {
    if (!(name in ours)) throw new UnknownCase(`unknown figure ${prefix}.${name}`);
    comparison.close(`${prefix}.${name}`, numbersOf(ours[name]), numbersOf(expected), /^sk/.test(prefix) ? DOUBLE : METRIC);
  }
}

/** `null` stands for a value that is not defined. */
function numbersOf(value: Figures[string] | undefined): number[] {
  return (Array.isArray(value) ? [...value] : [value]).map((one) => (one === null || one === undefined ? Number.NaN : Number(one)));
}

/** Checks of `numbers/metrics.json` by key. */
export const metricChecks: Readonly<Record<string, NumbersCheck>> = {
  'metrics/classification': classification,
  'metrics/survival_cindex': survivalCIndex,
  'metrics/bootstrap': bootstrapped,
};
