import { describe, expect, it } from 'vitest';
import { brier, ece, logLoss, softmaxRows } from './index.js';

const labels = [0, 1, 1, 2, 2];
const probabilities = [0.7, 0.2, 0.1, 0.1, 0.6, 0.3, 0.3, 0.3, 0.4, 0.05, 0.05, 0.9, 0.4, 0.35, 0.25];

describe('logLoss(labels, probabilities, classCount)', () => {
  it('is scikit-learn’s', () => {
    expect(logLoss(labels, probabilities, 3)).toBeCloseTo(0.7126256497616753, 12);
  });

  it('is dear but finite for a certain error', () => {
    expect(logLoss([0, 1], [1, 0, 1, 0], 2)).toBeCloseTo(18.021826694558577, 10);
  });
});

describe('brier(labels, probabilities, classCount)', () => {
  it('sums over classes, and is (p − y)² for two', () => {
    expect(brier(labels, probabilities, 3)).toBeCloseTo(0.4, 12);
    expect(brier([0, 0, 1, 1], [0.9, 0.1, 0.6, 0.4, 0.65, 0.35, 0.2, 0.8], 2)).toBeCloseTo(0.158125, 12);
  });
});

describe('ece(labels, probabilities, classCount)', () => {
  it('weighs the gaps of the bins by their cases', () => {
    // Bins of a tenth: 0.7 right, 0.6 right, 0.4 wrong twice (one bin), 0.9 right.
    expect(ece(labels, probabilities, 3, { bins: 10 })).toBeCloseTo((0.3 + 0.4 + 0.8 + 0.1) / 5, 12);
  });

  it('is 0 for a sure and right model, 1 for a sure and wrong one', () => {
    expect(ece([0, 1], [1, 0, 0, 1], 2)).toBe(0);
    expect(ece([1, 0], [1, 0, 0, 1], 2)).toBe(1);
  });
});

describe('softmaxRows(logits, classCount)', () => {
  it('stays finite for large logits', () => {
    expect([...softmaxRows([1000, 0, -1000, -1000], 2)]).toEqual([1, 0, 0.5, 0.5]);
  });

  it('refuses logits that are not finite', () => {
    expect(() => softmaxRows([0, Number.POSITIVE_INFINITY], 2)).toThrow('logits[1] is Infinity');
  });
});
