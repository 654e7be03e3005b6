import { describe, expect, it } from 'vitest';
import { auc, bootstrap, pairedBootstrap, pick, quantile, resamples } from './index.js';

const labels = Array.from({ length: 40 }, (_, i) => i % 2);
const scores = labels.map((label, i) => label * 0.6 + ((i * 7919) % 40) / 40);
const metric = (at: Uint32Array) => ({
  auc: auc(pick(labels, at), pick(scores, at)),
  mean: pick(scores, at).reduce((a, b) => a + b, 0) / at.length,
});

describe('bootstrap(count, statistics, options)', () => {
  it('gives the value of the cases as they are, inside its interval', () => {
    const { auc: interval } = bootstrap(40, metric, { seed: 1 });
    expect(interval.value).toBe(auc(labels, scores));
    expect(interval.low).toBeLessThan(interval.value);
    expect(interval.high).toBeGreaterThan(interval.value);
    expect([interval.resamples, interval.degenerate]).toEqual([1000, 0]);
  });

  it('repeats itself for a seed, and differs for another', () => {
    expect(bootstrap(40, metric, { seed: 1, resamples: 50 })).toEqual(bootstrap(40, metric, { seed: 1, resamples: 50 }));
    expect(bootstrap(40, metric, { seed: 2, resamples: 50 })).not.toEqual(bootstrap(40, metric, { seed: 1, resamples: 50 }));
  });

  it('has the standard error of a mean', () => {
    const { mean } = bootstrap(40, metric, { seed: 3, resamples: 4000 });
    const average = scores.reduce((a, b) => a + b, 0) / 40;
    const error = Math.sqrt(scores.reduce((a, b) => a + (b - average) ** 2, 0) / 40 / 40);
    expect(Math.abs(mean.sd / error - 1)).toBeLessThan(0.05);
    expect(Math.abs(mean.high - mean.low - 2 * 1.96 * error)).toBeLessThan(0.1 * error * 4);
  });

  it('leaves degenerate resamples out and counts them', () => {
    const rare = [1, 0, 0];
    const { auc: interval } = bootstrap(3, (at) => ({ auc: auc(pick(rare, at), pick([3, 1, 2], at)) }), { seed: 1, resamples: 500 });
    expect(interval.degenerate).toBeGreaterThan(100);
    expect(interval.resamples + interval.degenerate).toBe(500);
    expect([interval.low, interval.high]).toEqual([1, 1]);
  });

  it('is NaN but does not fail when every resample is degenerate', () => {
    const { auc: interval } = bootstrap(2, (at) => ({ auc: auc(pick([1, 1], at), pick([1, 2], at)) }), { seed: 1, resamples: 5 });
    expect(interval).toMatchObject({ value: Number.NaN, low: Number.NaN, high: Number.NaN, resamples: 0, degenerate: 5 });
  });

  it('draws whole groups', () => {
    const groups = ['a', 'a', 'b', 'c', 'c', 'c'];
    for (const indices of resamples(6, { seed: 5, resamples: 50, groups })) {
      const count = (i: number) => indices.filter((index) => index === i).length;
      expect(count(0)).toBe(count(1));
      expect([count(3), count(3)]).toEqual([count(4), count(5)]);
    }
  });

  it('refuses no cases and a level outside of 0…1', () => {
    expect(() => bootstrap(0, () => ({}), { seed: 1 })).toThrow(expect.objectContaining({ code: 'metrics/no-cases' }));
    expect(() => bootstrap(1, () => ({}), { seed: 1, level: 95 })).toThrow('level is 95');
  });
});

describe('pairedBootstrap(count, first, second, options)', () => {
  const of = (values: readonly number[]) => (at: Uint32Array) => ({ auc: auc(pick(labels, at), pick(values, at)), first: at[0] ?? 0 });

  it('finds a model no better than itself', () => {
    expect(pairedBootstrap(40, of(scores), of(scores), { seed: 1, resamples: 100 }).auc).toMatchObject({
      value: 0,
      low: 0,
      high: 0,
      pValue: 1,
    });
  });

  it('tells a good model from chance', () => {
    const chance = labels.map((_, i) => (i * 17) % 40);
    const { auc: test, first } = pairedBootstrap(40, of(labels), of(chance), { seed: 1 });
    expect(first.sd).toBe(0);
    expect(test.low).toBeGreaterThan(0);
    expect(test.pValue).toBeLessThan(0.01);
  });
});

it('quantile(values, p) uses the R-7 method', () => {
  expect([0, 0.25, 0.5, 1].map((p) => quantile([10, 40, 20, 30], p))).toEqual([10, 17.5, 25, 40]);
  expect(quantile([], 0.5)).toBeNaN();
});
