import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cIndexIpcw, concordance, dynamicAuc, integratedBrier, kaplanMeier, logRank, quantile, stepAt, survivalBrier } from './index.js';

const folder = resolve(import.meta.dirname, '../../../../shared/data/survival');
const here = existsSync(folder);

/** Columns of a table without quotes. */
function columns(name: string): Record<string, string[]> {
  const [header, ...rows] = readFileSync(resolve(folder, name), 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','));
  return Object.fromEntries((header ?? []).map((column, k) => [column, rows.map((row) => row[k] as string)]));
}

/** Equal to within rounding, relative to the expected value. */
function close(actual: number, expected: number, relative = 1e-12): void {
  expect(Math.abs(actual - expected) / Math.abs(expected)).toBeLessThan(relative);
}

describe.skipIf(!here).each(['gbsg2', 'whas500'])(
  '%s has the values of scikit-survival and lifelines (skipped without ../shared)',
  (name) => {
    const recorded = here ? JSON.parse(readFileSync(resolve(folder, 'reference_metrics.json'), 'utf8'))[name] : {};
    const table = here ? columns(`${name}_coxrisk.csv`) : {};
    const outcome = { times: (table.time ?? []).map(Number), events: (table.event ?? []).map(Number) };
    const risks = (table.risk ?? []).map(Number);
    const { more } = recorded;

    it('concordance with its pairs', () => {
      const ours = concordance(outcome.times, outcome.events, risks);
      close(ours.value, recorded.coxph.cindex);
      expect([ours.concordant, ours.discordant, ours.tiedRisk, ours.tiedTime]).toEqual([
        recorded.coxph.concordant,
        recorded.coxph.discordant,
        recorded.coxph.tied_risk,
        recorded.coxph.tied_time,
      ]);
    });

    it('concordance weighted for censoring', () => {
      close(cIndexIpcw(outcome, outcome, risks), recorded.cindex_ipcw);
    });

    it('Kaplan–Meier', () => {
      const curve = kaplanMeier(outcome.times, outcome.events);
      expect(curve.atRisk[0]).toBe(recorded.n);
      expect(curve.events.reduce((sum, count) => sum + count, 0)).toBe(recorded.events);
      const [median, survival] = recorded.km_at_median_time;
      close(quantile(outcome.times, 0.5), median);
      close(stepAt(curve, median), survival);
      more.times.forEach((t: number, k: number) => {
        close(stepAt(curve, t), more.km_at_times[k]);
      });
    });

    it('time-dependent AUC', () => {
      const { auc, mean } = dynamicAuc(outcome, outcome, risks, more.times);
      auc.forEach((value, k) => {
        close(value, more.dynamic_auc[k]);
      });
      close(mean, more.dynamic_auc_mean);
    });

    it('Brier score, at some times and integrated', () => {
      const curve = kaplanMeier(outcome.times, outcome.events);
      const mean = risks.reduce((sum, risk) => sum + risk, 0) / risks.length;
      const survival = risks.flatMap((risk) =>
        (more.times as number[]).map((t) => Math.min(1, Math.max(0, stepAt(curve, t) ** Math.exp(Math.min(5, Math.max(-5, risk - mean)))))),
      );
      survivalBrier(outcome, outcome, survival, more.times).forEach((value, k) => {
        close(value, more.brier[k], 1e-11);
      });
      close(integratedBrier(outcome, outcome, survival, more.times), more.integrated_brier, 1e-11);
    });

    it('log-rank test, far into the tail', () => {
      const median = quantile(risks, 0.5);
      const ours = logRank(
        outcome.times,
        outcome.events,
        risks.map((risk) => Number(risk > median)),
      );
      close(ours.chiSquare, more.logrank_high_vs_low_risk.chi2, 1e-10);
      close(ours.pValue, more.logrank_high_vs_low_risk.p, 1e-8);
    });
  },
);

it.skipIf(!here)('logRank compares the treatment groups of GBSG2 as recorded', () => {
  const table = columns('gbsg2.csv');
  const ours = logRank((table.time ?? []).map(Number), (table.event ?? []).map(Number), table.horTh ?? []);
  close(ours.chiSquare, 8.564780853539048, 1e-10);
  close(ours.pValue, 0.0034272822647457703, 1e-8);
});
