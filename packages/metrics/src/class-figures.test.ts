import { describe, expect, it } from 'vitest';
import {
  accuracy,
  argmaxRows,
  balancedAccuracy,
  classificationMetrics,
  confusionMatrix,
  f1,
  f1PerClass,
  kappa,
  precision,
  precisionPerClass,
  recall,
  recallPerClass,
} from './index.js';

// True class 0: 3 cases, class 1: 2, class 2: none; class 3 does not occur at all.
const labels = [0, 0, 0, 1, 1];
const predictions = [0, 0, 1, 1, 2];

describe('confusionMatrix(labels, predictions, classCount)', () => {
  it('counts true classes in rows and predicted ones in columns', () => {
    expect([...confusionMatrix(labels, predictions).counts]).toEqual([2, 1, 0, 0, 1, 1, 0, 0, 0]);
    expect(confusionMatrix(labels, predictions, 4).classCount).toBe(4);
  });

  it('refuses what is no class', () => {
    expect(() => confusionMatrix([0, 3], [0, 0], 3)).toThrow('labels[1] is 3, which is no class index of 0…2');
    expect(() => confusionMatrix([0, 0.5], [0, 0])).toThrow(expect.objectContaining({ code: 'metrics/bad-class' }));
    expect(() => confusionMatrix([0], [-1])).toThrow(expect.objectContaining({ code: 'metrics/bad-class' }));
  });
});

describe('figures of single classes', () => {
  it('count 0 for 0/0', () => {
    expect([...precisionPerClass(labels, predictions)]).toEqual([1, 0.5, 0]);
    expect([...recallPerClass(labels, predictions)]).toEqual([2 / 3, 0.5, 0]);
    expect([...f1PerClass(labels, predictions)]).toEqual([0.8, 0.5, 0]);
  });

  it('are given by the average option', () => {
    expect([precision(labels, predictions, { average: 1 }), recall(labels, predictions, { average: 0 })]).toEqual([0.5, 2 / 3]);
    expect(f1(labels, predictions, { average: 7 })).toBe(0);
  });

  it('average over the classes that occur among labels or predictions', () => {
    expect(precision(labels, predictions)).toBeCloseTo(0.5, 12);
    expect(recall(labels, predictions)).toBeCloseTo((2 / 3 + 0.5) / 3, 12);
    expect(f1(labels, predictions, { average: 'weighted' })).toBeCloseTo((3 * 0.8 + 2 * 0.5) / 5, 12);
  });
});

describe('balancedAccuracy(labels, predictions)', () => {
  it('averages over the classes among the labels, under compat also over predicted ones', () => {
    expect(balancedAccuracy(labels, predictions)).toBeCloseTo((2 / 3 + 0.5) / 2, 12);
    expect(balancedAccuracy(labels, predictions, { compat: 'reference' })).toBeCloseTo((2 / 3 + 0.5) / 3, 12);
  });
});

it('accuracy(labels, predictions) is the share of right cases', () => {
  expect(accuracy(labels, predictions)).toBeCloseTo(0.6, 12);
  expect(accuracy([], [])).toBeNaN();
});

describe('kappa(labels, predictions)', () => {
  it('is 1 for agreement, 0 for chance, NaN where chance agrees always', () => {
    expect(kappa([0, 1, 2], [0, 1, 2], { weights: 'quadratic' })).toBe(1);
    expect(kappa([0, 0, 1, 1], [0, 1, 0, 1])).toBe(0);
    expect(kappa([1, 1], [1, 1])).toBeNaN();
  });

  it('keeps the distance over a grade that never occurs', () => {
    expect(kappa([0, 0, 3, 3], [0, 3, 3, 3], { weights: 'linear' })).toBe(kappa([0, 0, 1, 1], [0, 1, 1, 1]));
    expect(kappa([0, 0, 1, 3], [0, 1, 1, 3], { weights: 'linear' })).not.toBe(kappa([0, 0, 1, 2], [0, 1, 1, 2], { weights: 'linear' }));
  });
});

it('argmaxRows(scores, classCount) takes the first of equals and refuses NaN', () => {
  expect([...argmaxRows([1, 1, 0, 0, 2, 3], 3)]).toEqual([0, 2]);
  expect(() => argmaxRows([1, Number.NaN], 2)).toThrow(expect.objectContaining({ code: 'metrics/not-finite' }));
  expect(() => argmaxRows([1, 2, 3], 2)).toThrow('3 scores are no whole rows of 2 classes');
});

it('classificationMetrics(labels, probabilities, classCount) names what a summary holds', () => {
  const metrics = classificationMetrics([0, 1], [0.8, 0.2, 0.3, 0.7], 2);
  expect(Object.keys(metrics)).toEqual(['auc', 'accuracy', 'balancedAccuracy', 'f1', 'precision', 'recall', 'kappa', 'brier', 'ece']);
  expect(metrics).toMatchObject({ auc: 1, accuracy: 1, kappa: 1 });
});
