import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auc, aucPerClass, averagePrecision, deLong, macroAuc, rocCurve } from './index.js';

const labels = [0, 1, 1, 0, 1, 0, 0, 1];
const scores = [0.1, 0.4, 0.4, 0.35, 0.8, 0.4, 0.2, 0.9];

describe('auc(labels, scores)', () => {
  it('counts a tie half', () => {
    expect(auc(labels, scores)).toBe(0.9375);
    expect(auc([0, 1], [5, 5])).toBe(0.5);
  });

  it('is NaN when a class is absent', () => {
    expect(auc([1, 1], [0, 1])).toBeNaN();
    expect(auc([], [])).toBeNaN();
  });

  it('orders infinite scores and refuses NaN', () => {
    expect(auc([0, 1], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])).toBe(1);
    expect(() => auc([0, 1], [0, Number.NaN])).toThrow('scores[1] is NaN');
  });

  it('refuses labels other than 0 and 1 and other lengths', () => {
    expect(() => auc([0, 2], [0, 1])).toThrow(expect.objectContaining({ code: 'metrics/bad-class' }));
    expect(() => auc([0, 1], [0])).toThrow('lengths differ: labels 2, scores 1');
  });

  it('is the share of pairs in the right order, whatever is monotone done to the scores', () => {
    const cases = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: -5, max: 5 })), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(cases, (rows) => {
        const y = rows.map(([label]) => label);
        const s = rows.map(([, score]) => score);
        let right = 0;
        let pairs = 0;
        for (const [, positive] of rows.filter(([label]) => label === 1)) {
          for (const [, negative] of rows.filter(([label]) => label === 0)) {
            pairs++;
            right += positive > negative ? 1 : positive === negative ? 0.5 : 0;
          }
        }
        const value = auc(y, s);
        if (pairs === 0) return Number.isNaN(value);
        const scaled = auc(
          y,
          s.map((score) => Math.exp(score) + 3),
        );
        const mirrored = auc(
          y,
          s.map((score) => -score),
        );
        return Math.abs(value - right / pairs) < 1e-12 && scaled === value && Math.abs(mirrored + value - 1) < 1e-12;
      }),
    );
  });
});

describe('macroAuc(labels, scores, classCount)', () => {
  const rows = [0.7, 0.2, 0.1, 0.1, 0.6, 0.3, 0.3, 0.5, 0.2, 0.6, 0.3, 0.1];

  it('leaves a class without cases out, or counts it 0 under compat', () => {
    const present = [0, 1, 1, 0];
    expect([...aucPerClass(present, rows, 3)]).toEqual([1, 1, Number.NaN]);
    expect(macroAuc(present, rows, 3)).toBe(1);
    expect(macroAuc(present, rows, 3, { compat: 'reference' })).toBeCloseTo(2 / 3, 12);
  });

  it('is NaN when only one class occurs', () => {
    expect(macroAuc([1, 1, 1, 1], rows, 3)).toBeNaN();
  });
});

describe('rocCurve(labels, scores)', () => {
  it('has a point for every distinct score, as scikit-learn without dropping', () => {
    const curve = rocCurve(labels, scores);
    expect([...curve.falsePositiveRate]).toEqual([0, 0, 0, 0.25, 0.5, 0.75, 1]);
    expect([...curve.truePositiveRate]).toEqual([0, 0.25, 0.5, 1, 1, 1, 1]);
    expect([...curve.thresholds]).toEqual([Number.POSITIVE_INFINITY, 0.9, 0.8, 0.4, 0.35, 0.2, 0.1]);
  });

  it('has the area that auc gives', () => {
    const { falsePositiveRate: x, truePositiveRate: y } = rocCurve(labels, scores);
    let area = 0;
    for (let i = 1; i < x.length; i++) area += (((y[i] as number) + (y[i - 1] as number)) / 2) * ((x[i] as number) - (x[i - 1] as number));
    expect(area).toBeCloseTo(auc(labels, scores), 12);
  });
});

it('averagePrecision(labels, scores) is scikit-learn’s, and NaN without positives', () => {
  expect(averagePrecision(labels, scores)).toBeCloseTo(0.9, 12);
  expect(averagePrecision([0, 0], [1, 2])).toBeNaN();
});

describe('deLong(labels, first, second)', () => {
  const y = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1];
  const first = [0.1, 0.3, 0.2, 0.6, 0.5, 0.4, 0.7, 0.8, 0.6, 0.9, 0.95];
  const second = [0.2, 0.5, 0.4, 0.7, 0.1, 0.3, 0.6, 0.4, 0.8, 0.5, 0.9];

  it('has the variance of the placements taken pair by pair', () => {
    const test = deLong(y, first, second);
    expect(test.first).toBeCloseTo(11 / 12, 12);
    expect(test.second).toBeCloseTo(11 / 15, 12);
    expect(test.standardError).toBeCloseTo(0.14520101009749667, 12);
    expect(test.pValue).toBeCloseTo(0.20672668316021947, 12);
  });

  it('finds no difference between a model and itself', () => {
    expect(deLong(y, first, first)).toMatchObject({ difference: 0, pValue: 1 });
  });
});
