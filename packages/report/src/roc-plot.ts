import { auc, rocCurve } from '@slidestream/metrics';
import { formatFigure } from './format-number.js';
import type { ReportClassification, ReportInterval } from './report-data.js';
import { linePath, plot } from './svg-plot.js';

/** Options of {@link rocPlot}. */
export interface RocPlotOptions {
  readonly title?: string | undefined;
  /** AUC with its interval as the run reported it, shown for two classes and one fold. */
  readonly auc?: ReportInterval | undefined;
}

/**
 * ROC curves: of the second class for two classes, else one against the rest per class. Classes without positives or negatives among
 * the labelled rows have no curve; no curve at all gives an empty string.
 */
export function rocPlot(rows: readonly ReportClassification[], classes: readonly string[], options: RocPlotOptions = {}): string {
  const labelled = rows.filter((row) => row.label !== null);
  const shown = classes.length === 2 ? [1] : classes.map((_, index) => index);
  const frame = plot({
    title: options.title ?? 'ROC',
    xLabel: '1 − specificity',
    yLabel: 'Sensitivity',
    xDomain: [0, 1],
    yDomain: [0, 1],
  });
  const marks = [
    linePath(
      [
        [frame.x(0), frame.y(0)],
        [frame.x(1), frame.y(1)],
      ],
      0,
      'chance',
    ),
  ];
  const legend = [];
  for (const [series, index] of shown.entries()) {
    const truth = labelled.map((row) => (row.label === classes[index] ? 1 : 0));
    const scores = labelled.map((row) => row.probabilities[index] as number);
    const value = auc(truth, scores);
    if (Number.isNaN(value)) continue;
    const curve = rocCurve(truth, scores);
    const points = Array.from(curve.falsePositiveRate, (rate, i) => [frame.x(rate), frame.y(curve.truePositiveRate[i] as number)] as const);
    marks.push(linePath(points, series));
    const { low, high } = shown.length === 1 ? (options.auc ?? {}) : {};
    const interval = low === undefined || high === undefined ? '' : ` (${formatFigure(low)}–${formatFigure(high)})`;
    legend.push({ series, name: `${classes[index]}: AUC ${formatFigure(value)}${interval}` });
  }
  return legend.length === 0 ? '' : frame.render(marks.join(''), legend);
}
