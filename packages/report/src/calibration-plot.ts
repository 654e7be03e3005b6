import type { ReportClassification } from './report-data.js';
import { linePath, n, plot } from './svg-plot.js';

/** One bin of a reliability diagram. */
export interface CalibrationBin {
  /** Mean probability of the predicted class. */
  readonly confidence: number;
  /** Share of right predictions. */
  readonly accuracy: number;
  readonly count: number;
}

/** Equal-width bins of the predicted class's probability; empty bins are left out (Guo et al. 2017). */
export function calibrationBins(rows: readonly ReportClassification[], classes: readonly string[], bins = 10): CalibrationBin[] {
  const sums = Array.from({ length: bins }, () => ({ confidence: 0, right: 0, count: 0 }));
  for (const { label, prediction, probabilities } of rows) {
    if (label === null) continue;
    const confidence = probabilities[classes.indexOf(prediction)] ?? Number.NaN;
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))];
    if (bin === undefined) continue;
    bin.confidence += confidence;
    bin.right += label === prediction ? 1 : 0;
    bin.count++;
  }
  return sums
    .filter(({ count }) => count > 0)
    .map(({ confidence, right, count }) => ({ confidence: confidence / count, accuracy: right / count, count }));
}

/** Reliability diagram: how often predictions of each confidence are right. */
export function calibrationPlot(rows: readonly ReportClassification[], classes: readonly string[], title = 'Calibration'): string {
  const bins = calibrationBins(rows, classes);
  if (bins.length === 0) return '';
  const frame = plot({ title, xLabel: 'Confidence', yLabel: 'Share right', xDomain: [0, 1], yDomain: [0, 1] });
  const most = Math.max(...bins.map(({ count }) => count));
  const marks = [
    linePath(
      [
        [frame.x(0), frame.y(0)],
        [frame.x(1), frame.y(1)],
      ],
      0,
      'chance',
    ),
    linePath(
      bins.map(({ confidence, accuracy }) => [frame.x(confidence), frame.y(accuracy)] as const),
      0,
    ),
    ...bins.map(({ confidence, accuracy, count }) => {
      const radius = 3 + 6 * Math.sqrt(count / most);
      return `<circle class="dot s0" cx="${n(frame.x(confidence))}" cy="${n(frame.y(accuracy))}" r="${n(radius)}"><title>${count} slides</title></circle>`;
    }),
  ];
  return frame.render(marks.join(''));
}
