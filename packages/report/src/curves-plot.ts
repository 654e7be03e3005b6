import type { ReportFold } from './report-data.js';
import { type LegendEntry, linePath, n, plot } from './svg-plot.js';

interface Curve {
  readonly name: string;
  readonly values: readonly (number | undefined)[];
}

/** Loss per epoch of one fold, training and validation; an empty string when no epoch was recorded. */
export function lossPlot(fold: ReportFold, title: string): string {
  return curvesPlot(fold, { title, yLabel: 'Loss' }, [
    { name: 'training', values: fold.epochs.map(({ trainLoss }) => trainLoss) },
    { name: 'validation', values: fold.epochs.map(({ valLoss }) => valLoss) },
  ]);
}

/** Validation metrics per epoch of one fold. */
export function metricPlot(fold: ReportFold, title: string): string {
  const names = [...new Set(fold.epochs.flatMap(({ metrics }) => Object.keys(metrics ?? {})))];
  const curves = names.map((name) => ({ name, values: fold.epochs.map(({ metrics }) => metrics?.[name]) }));
  return curvesPlot(fold, { title, yLabel: 'Validation metric', unit: true }, curves);
}

function curvesPlot(fold: ReportFold, frame: { title: string; yLabel: string; unit?: boolean }, curves: readonly Curve[]): string {
  const finite = (value: number | undefined): value is number => value !== undefined && Number.isFinite(value);
  const drawn = curves.filter(({ values }) => values.some(finite));
  const all = drawn.flatMap(({ values }) => values.filter(finite));
  if (all.length === 0) return '';
  const epochs = fold.epochs.map(({ epoch }) => epoch);
  const low = frame.unit === true ? Math.min(0, ...all) : Math.min(0, ...all);
  const high = frame.unit === true ? Math.max(1, ...all) : Math.max(...all) * 1.05;
  const area = plot({
    ...frame,
    xLabel: 'Epoch',
    xDomain: [Math.min(...epochs), Math.max(...epochs, Math.min(...epochs) + 1)],
    yDomain: [low, high === low ? low + 1 : high],
    wholeX: true,
  });
  const marks = drawn.map(({ values }, series) =>
    linePath(
      values.map((value, i) => [area.x(epochs[i] as number), finite(value) ? area.y(value) : Number.NaN] as const),
      series,
    ),
  );
  if (fold.bestEpoch !== undefined && epochs.includes(fold.bestEpoch)) {
    const x = n(area.x(fold.bestEpoch));
    marks.unshift(`<line class="best" x1="${x}" y1="${n(area.y(low))}" x2="${x}" y2="${n(area.y(high))}"/>`);
  }
  const legend: LegendEntry[] = drawn.map(({ name }, series) => ({ name, series }));
  return area.render(marks.join(''), legend);
}
