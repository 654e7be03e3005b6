import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
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
} from './index.js';

const shared = resolve(import.meta.dirname, '../../../../shared/vectors/numbers/metrics.json');

interface Figures {
  readonly [name: string]: number;
}
interface ClassificationCase {
  n_classes: number;
  bin_metric: boolean;
  logits: number[][];
  labels: number[];
  scores_all_in_unit_interval: boolean;
  reference: Figures;
  sklearn: Record<string, number> & { auc_ovr_per_class: (number | null)[]; auc_macro_ovr_present: number | null };
}
interface SurvivalCase {
  event_observed: boolean[];
  time: number[];
  risk: number[];
  reference: number;
  sksurv: { cindex: number; concordant: number; discordant: number; tied_risk: number; tied_time: number };
}
type BootstrapCase = { indices: number[][]; per_resample: Figures[]; reference_mean_std: Record<string, [number, number]> } & (
  | (Omit<ClassificationCase, 'sklearn' | 'reference'> & { kind?: undefined })
  | (SurvivalCase & { kind: 'survival' })
);

describe.skipIf(!existsSync(shared))('against the recorded numbers (skipped without ../shared)', () => {
  const data = existsSync(shared) ? JSON.parse(readFileSync(shared, 'utf8')) : { classification: [], survival_cindex: [], bootstrap: [] };
  const cases = data.classification as ClassificationCase[];

  it.each(cases.map((one, n) => [n, one] as const))('classification case %i has the reference’s values', (_, one) => {
    const ours = referenceMetrics(one.labels, one.logits.flat(), one.n_classes, { binMetric: one.bin_metric });
    for (const [name, value] of Object.entries(one.reference)) expect(ours[name as keyof typeof ours], name).toBeCloseTo(value, 6);
  });

  it.each(cases.map((one, n) => [n, one] as const))('classification case %i has scikit-learn’s values', (_, one) => {
    const logits = one.logits.flat();
    const probabilities = one.scores_all_in_unit_interval ? logits : softmaxRows(logits, one.n_classes);
    const predictions = argmaxRows(logits, one.n_classes);
    const { labels, sklearn } = one;
    expect(accuracy(labels, predictions)).toBeCloseTo(sklearn.acc_micro as number, 12);
    expect(kappa(labels, predictions)).toBeCloseTo(sklearn.kappa_unweighted as number, 12);
    expect(kappa(labels, predictions, { weights: 'linear' })).toBeCloseTo(sklearn.kappa_linear as number, 12);
    expect(kappa(labels, predictions, { weights: 'quadratic' })).toBeCloseTo(sklearn.kappa_quadratic as number, 12);
    for (const [name, figure] of Object.entries({ f1, precision, recall })) {
      expect(figure(labels, predictions), name).toBeCloseTo(sklearn[`${name}_macro`] as number, 12);
      expect(figure(labels, predictions, { average: 'weighted' }), name).toBeCloseTo(sklearn[`${name}_weighted`] as number, 12);
    }
    expect(balancedAccuracy(labels, predictions)).toBeCloseTo(sklearn.balanced_accuracy as number, 12);
    const perClass = Array.from(aucPerClass(labels, probabilities, one.n_classes), (value) => (Number.isNaN(value) ? null : value));
    expect(perClass.map((value) => value?.toFixed(10))).toEqual(sklearn.auc_ovr_per_class.map((value) => value?.toFixed(10)));
    const macro = macroAuc(labels, probabilities, one.n_classes);
    if (sklearn.auc_macro_ovr_present === null) expect(macro).toBeNaN();
    else expect(macro).toBeCloseTo(sklearn.auc_macro_ovr_present, 12);
    if (sklearn.auc_binary_logit1_only !== undefined) {
      expect(
        auc(
          labels,
          one.logits.map((row) => row[1] as number),
        ),
      ).toBeCloseTo(sklearn.auc_binary_logit1_only, 12);
    }
  });

  it.each((data.survival_cindex as SurvivalCase[]).map((one, n) => [n, one] as const))(
    'C-index case %i has scikit-survival’s pairs',
    (_, one) => {
      const ours = concordance(one.time, one.event_observed, one.risk);
      expect(ours.value).toBeCloseTo(one.reference, 6);
      expect(ours.value).toBeCloseTo(one.sksurv.cindex, 12);
      expect([ours.concordant, ours.discordant, ours.tiedRisk, ours.tiedTime]).toEqual([
        one.sksurv.concordant,
        one.sksurv.discordant,
        one.sksurv.tied_risk,
        one.sksurv.tied_time,
      ]);
    },
  );

  it.each((data.bootstrap as BootstrapCase[]).map((one, n) => [n, one] as const))(
    'bootstrap case %i has the reference’s mean and deviation',
    (_, one) => {
      const resampled: Figures[] = [];
      const statistics = (at: Uint32Array): Record<string, number> => {
        const figures: Record<string, number> =
          one.kind === 'survival'
            ? { cindex: cIndex(pick(one.time, at), pick(one.event_observed.map(Number), at), pick(one.risk, at)) }
            : {
                ...referenceMetrics(pick(one.labels, at), pickRows(one.logits.flat(), one.n_classes, at), one.n_classes, {
                  binMetric: one.bin_metric,
                }),
              };
        resampled.push(figures);
        return figures;
      };
      const count = one.kind === 'survival' ? one.time.length : one.labels.length;
      const ours = bootstrap(count, statistics, { seed: 0, indices: one.indices });
      one.per_resample.forEach((expected, r) => {
        const got = resampled[r + 1] as Figures;
        const values = typeof expected === 'number' ? { cindex: expected } : expected;
        for (const [name, value] of Object.entries(values)) expect(got[name], `${name} of resample ${r}`).toBeCloseTo(value as number, 6);
      });
      const expected = Array.isArray(one.reference_mean_std) ? { cindex: one.reference_mean_std } : one.reference_mean_std;
      for (const [name, pair] of Object.entries(expected)) {
        const [mean, sd] = pair as [number, number];
        expect(ours[name]?.mean, name).toBeCloseTo(mean, 6);
        expect(ours[name]?.sd, name).toBeCloseTo(sd, 6);
      }
    },
  );
});
