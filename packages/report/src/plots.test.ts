import { describe, expect, it } from 'vitest';
import { calibrationBins, calibrationPlot } from './calibration-plot.js';
import { confusionTable } from './confusion-plot.js';
import { lossPlot, metricPlot } from './curves-plot.js';
import { kaplanMeierPlot } from './kaplan-meier-plot.js';
import type { ReportClassification, ReportSurvival } from './report-data.js';
import { rocPlot } from './roc-plot.js';
import { plot, ticks } from './svg-plot.js';

const classes = ['no', 'yes'];
const row = (label: string | null, p: number): ReportClassification => ({
  fold: 0,
  split: 'test',
  case: 'c',
  slide: 's',
  label,
  prediction: p > 0.5 ? 'yes' : 'no',
  probabilities: [1 - p, p],
});

/** Points of the paths of one series, in values. */
function pointsOf(svg: string, series: number, frame: { x: (v: number) => number; y: (v: number) => number }): [number, number][] {
  const path = new RegExp(`<path class="line s${series}" d="([^"]*)"`).exec(svg)?.[1] ?? '';
  const back = (scale: (v: number) => number, pixel: number): number => (pixel - scale(0)) / (scale(1) - scale(0));
  return Array.from(path.matchAll(/[ML]([-\d.]+) ([-\d.]+)/g), ([, px, py]) => [back(frame.x, Number(px)), back(frame.y, Number(py))]);
}
const unit = plot({ title: '', xLabel: '', yLabel: '', xDomain: [0, 1], yDomain: [0, 1] });
const close = (points: [number, number][], expected: [number, number][]): void => {
  expect(points.length).toBe(expected.length);
  for (const [i, [x, y]] of expected.entries()) {
    expect(points[i]?.[0]).toBeCloseTo(x, 3);
    expect(points[i]?.[1]).toBeCloseTo(y, 3);
  }
};

describe('rocPlot', () => {
  const rows = [row('no', 0.1), row('no', 0.4), row('yes', 0.35), row('yes', 0.8), row(null, 0.9)];

  it('draws the curve of the labelled rows', () => {
    const svg = rocPlot(rows, classes);
    close(pointsOf(svg, 0, unit), [
      [0, 0],
      [0, 0.5],
      [0.5, 0.5],
      [0.5, 1],
      [1, 1],
    ]);
    expect(svg).toContain('yes: AUC 0.750');
  });

  it('shows the interval that the run reported', () => {
    expect(rocPlot(rows, classes, { auc: { value: 0.75, low: 0.5, high: 0.9 } })).toContain('AUC 0.750 (0.500–0.900)');
  });

  it('draws one curve a class for more classes, and none where a class is absent', () => {
    const three = ['a', 'b', 'c'];
    const of = (label: string, ...probabilities: number[]): ReportClassification => ({
      ...row(label, 0.6),
      prediction: 'a',
      probabilities,
    });
    const svg = rocPlot([of('a', 0.8, 0.1, 0.1), of('b', 0.2, 0.7, 0.1), of('a', 0.5, 0.4, 0.1)], three);
    expect(svg).toContain('a: AUC 1.000');
    expect(svg).toContain('b: AUC 1.000');
    expect(svg).not.toContain('c: AUC');
    expect(rocPlot([row('yes', 0.5)], classes)).toBe('');
  });
});

describe('confusionTable', () => {
  it('counts true classes in rows', () => {
    const html = confusionTable([row('no', 0.1), row('no', 0.9), row('no', 0.2), row('yes', 0.7), row(null, 0.7)], classes);
    const cells = Array.from(html.matchAll(/<b>(\d+)<\/b><span>(\d+) %/g), ([, count, share]) => [Number(count), Number(share)]);
    expect(cells).toEqual([
      [2, 67],
      [1, 33],
      [0, 0],
      [1, 100],
    ]);
  });
});

describe('calibration', () => {
  it('bins by the predicted class’s probability', () => {
    const bins = calibrationBins([row('yes', 0.95), row('no', 0.92), row('no', 0.4), row(null, 0.9)], classes);
    expect(bins.map(({ confidence, accuracy, count }) => [confidence.toFixed(3), accuracy, count])).toEqual([
      ['0.600', 1, 1],
      ['0.935', 0.5, 2],
    ]);
    expect(calibrationPlot([], classes)).toBe('');
  });

  it('puts the borders of bins into the lower one', () => {
    expect(calibrationBins([row('yes', 1), row('yes', 0.9)], classes).map(({ count }) => count)).toEqual([1, 1]);
  });
});

describe('curves', () => {
  const fold = {
    fold: 0,
    test: {},
    bestEpoch: 2,
    epochs: [
      { epoch: 0, trainLoss: 2, valLoss: 1.5, metrics: { auc: 0.5 } },
      { epoch: 1, trainLoss: 1, metrics: { auc: Number.NaN } },
      { epoch: 2, trainLoss: 0.5, valLoss: 1, metrics: { auc: 0.9 } },
    ],
  };

  it('draw losses over epochs, and break where there is no value', () => {
    const svg = lossPlot(fold, 'Loss');
    const frame = plot({ title: '', xLabel: '', yLabel: '', xDomain: [0, 2], yDomain: [0, 2.1] });
    close(pointsOf(svg, 0, frame), [
      [0, 2],
      [1, 1],
      [2, 0.5],
    ]);
    close(pointsOf(svg, 1, frame), [
      [0, 1.5],
      [2, 1],
    ]);
    expect(/s1" d="M[^"]*M/.test(svg)).toBe(true);
    expect(svg).toContain('class="best"');
  });

  it('draw metrics between 0 and 1', () => {
    const frame = plot({ title: '', xLabel: '', yLabel: '', xDomain: [0, 2], yDomain: [0, 1] });
    close(pointsOf(metricPlot(fold, 'Validation'), 0, frame), [
      [0, 0.5],
      [2, 0.9],
    ]);
  });

  it('are left out when nothing was recorded', () => {
    expect(lossPlot({ fold: 0, test: {}, epochs: [] }, 'Loss')).toBe('');
  });
});

describe('kaplanMeierPlot', () => {
  it('steps down at events of each risk group', () => {
    const at = (time: number | null, event: 0 | 1 | null, risk: number): ReportSurvival => ({
      fold: 0,
      split: 'test',
      case: 'c',
      slide: 's',
      time,
      event,
      risk,
    });
    const svg = kaplanMeierPlot([at(4, 1, 0), at(8, 0, 0.1), at(1, 1, 5), at(2, 1, 6), at(null, null, 9)]);
    const frame = plot({ title: '', xLabel: '', yLabel: '', xDomain: [0, 8], yDomain: [0, 1], width: 480 });
    close(pointsOf(svg, 0, frame), [
      [0, 1],
      [4, 1],
      [4, 0.5],
      [8, 0.5],
      [8, 0.5],
    ]);
    close(pointsOf(svg, 1, frame), [
      [0, 1],
      [1, 1],
      [1, 0.5],
      [2, 0.5],
      [2, 0],
    ]);
    expect(svg).toContain('lower risk (n = 2)');
    expect(svg).toMatch(/log-rank p = 0\.\d{3}/);
  });
});

describe('ticks', () => {
  it('are round and inside', () => {
    expect(ticks([0, 1])).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks([0, 19], true)).toEqual([0, 5, 10, 15]);
    expect(ticks([0, 2], true)).toEqual([0, 1, 2]);
    expect(ticks([3, 3])).toEqual([3]);
  });
});
