import { describe, expect, it } from 'vitest';
import {
  censoringCurve,
  chiSquareTail,
  cIndex,
  cIndexIpcw,
  concordance,
  dynamicAuc,
  integratedBrier,
  kaplanMeier,
  logRank,
  stepAt,
  survivalBrier,
} from './index.js';

describe('cIndex(times, events, risks)', () => {
  it('is 1 when the higher risk always goes first, 0 when never', () => {
    expect(cIndex([1, 2, 3], [1, 1, 0], [3, 2, 1])).toBe(1);
    expect(cIndex([1, 2, 3], [1, 1, 0], [1, 2, 3])).toBe(0);
  });

  it('counts risks within 1e-8 of each other half', () => {
    expect(cIndex([1, 2], [1, 1], [1, 1 + 1e-9])).toBe(0.5);
    expect(cIndex([1, 2], [1, 1], [1, 1 + 1e-7])).toBe(0);
  });

  it('compares an event with a case censored at the same time, but not with another event', () => {
    expect(concordance([5, 5], [1, 0], [2, 1])).toMatchObject({ value: 1, tiedTime: 1 });
    expect(cIndex([5, 5], [1, 1], [2, 1])).toBeNaN();
  });

  it('is NaN when no pair is comparable', () => {
    expect(cIndex([1, 2], [0, 0], [1, 2])).toBeNaN();
    expect(cIndex([], [], [])).toBeNaN();
  });

  it('refuses events that are neither 0 nor 1, and NaN', () => {
    expect(() => cIndex([1], [2], [1])).toThrow('events[0] is 2, neither 0 (censored) nor 1 (event observed)');
    expect(() => cIndex([Number.NaN], [1], [1])).toThrow('times[0] is NaN');
  });
});

describe('kaplanMeier(times, events)', () => {
  it('keeps a case at risk of events at the time it is censored', () => {
    const curve = kaplanMeier([2, 2, 3, 4], [1, 0, 1, 0]);
    expect([...curve.atRisk]).toEqual([4, 2, 1]);
    expect([...curve.values]).toEqual([0.75, 0.375, 0.375]);
    expect([0, 2, 2.5, 9].map((t) => stepAt(curve, t))).toEqual([1, 0.75, 0.75, 0.375]);
  });

  it('lets events leave before censorings when censoring is what is estimated', () => {
    expect([...censoringCurve([2, 2, 3, 4], [1, 0, 1, 0]).values]).toEqual([1 - 1 / 3, 1 - 1 / 3, 0]);
  });
});

describe('metrics weighted for censoring', () => {
  const outcome = { times: [1, 2, 3, 4, 5, 6], events: [1, 1, 1, 1, 1, 1] };
  const risks = [6, 5, 3, 4, 2, 1];

  it('are the plain ones where nobody is censored', () => {
    expect(cIndexIpcw(outcome, outcome, risks)).toBeCloseTo(cIndex(outcome.times, outcome.events, risks), 12);
    const { auc } = dynamicAuc(outcome, outcome, risks, [3]);
    expect(auc[0]).toBeCloseTo(8 / 9, 12);
    const survival = outcome.times.map((t) => (t > 3 ? 0.8 : 0.1));
    expect(survivalBrier(outcome, outcome, survival, [3])[0]).toBeCloseTo((3 * 0.01 + 3 * 0.04) / 6, 12);
  });

  it('stop where no training case is observed any more, unless a horizon is given', () => {
    const train = { times: [1, 2, 3], events: [1, 1, 0] };
    const test = { times: [1, 2, 4], events: [1, 1, 1] };
    expect(() => cIndexIpcw(train, test, [3, 2, 1])).toThrow('no training case is under observation at time 4');
    expect(cIndexIpcw(train, test, [3, 2, 1], { tau: 3 })).toBe(1);
  });

  it('need two times for an integral', () => {
    expect(() => integratedBrier(outcome, outcome, [1, 1, 1, 1, 1, 1], [3])).toThrow(
      expect.objectContaining({ code: 'metrics/bad-option' }),
    );
  });
});

describe('logRank(times, events, groups)', () => {
  it('compares three groups', () => {
    const times = [3, 5, 5, 7, 9, 11, 12, 2, 4, 6, 6, 8, 1, 1, 2, 3, 4, 10];
    const events = [1, 1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1];
    const test = logRank(times, events, [...'aaaaaaabbbbbcccccc']);
    expect(test.degrees).toBe(2);
    expect(test.chiSquare).toBeCloseTo(4.249536726133497, 10);
    expect(test.pValue).toBeCloseTo(0.11946063655759334, 10);
  });

  it('is NaN without events and refuses one group', () => {
    expect(logRank([1, 2], [0, 0], ['a', 'b']).pValue).toBeNaN();
    expect(() => logRank([1, 2], [1, 1], ['a', 'a'])).toThrow(expect.objectContaining({ code: 'metrics/bad-option' }));
  });
});

it('chiSquareTail(value, degrees) has scipy’s values', () => {
  const recorded = [
    [3.84, 1, 0.05004352124870519],
    [10, 4, 0.04042768199451279],
    [0.5, 3, 0.9188914116546758],
    [700, 2, 9.929590396265143e-153],
  ] as const;
  for (const [value, degrees, tail] of recorded) expect(Math.abs(chiSquareTail(value, degrees) / tail - 1)).toBeLessThan(1e-12);
  expect(chiSquareTail(0, 3)).toBe(1);
});
