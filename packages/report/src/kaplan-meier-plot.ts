import { kaplanMeier, logRank } from '@slidestream/metrics';
import { formatFigure } from './format-number.js';
import type { ReportSurvival } from './report-data.js';
import { linePath, n, plot } from './svg-plot.js';

type Known = ReportSurvival & { readonly time: number; readonly event: 0 | 1 };

/** Survival of cases above and below the median risk, with a log-rank test; an empty string when nothing is known of their times. */
export function kaplanMeierPlot(rows: readonly ReportSurvival[], title = 'Survival by predicted risk'): string {
  const known = rows.filter((row): row is Known => row.time !== null && row.event !== null);
  if (known.length === 0) return '';
  const risks = known.map(({ risk }) => risk).sort((a, b) => a - b);
  const median = ((risks[(risks.length - 1) >> 1] as number) + (risks[risks.length >> 1] as number)) / 2;
  const groups = [
    { name: 'lower risk', rows: known.filter(({ risk }) => risk <= median) },
    { name: 'higher risk', rows: known.filter(({ risk }) => risk > median) },
  ].filter((group) => group.rows.length > 0);
  const longest = Math.max(...known.map(({ time }) => time));
  const frame = plot({ title, xLabel: 'Time', yLabel: 'Survival', xDomain: [0, longest > 0 ? longest : 1], yDomain: [0, 1], width: 480 });
  const marks = groups.map(({ rows: own }, series) => {
    const { times, values } = kaplanMeier(
      own.map(({ time }) => time),
      own.map(({ event }) => event),
    );
    const points: [number, number][] = [[frame.x(0), frame.y(1)]];
    let last = 1;
    times.forEach((time, i) => {
      points.push([frame.x(time), frame.y(last)]);
      last = values[i] as number;
      points.push([frame.x(time), frame.y(last)]);
    });
    const censored = own
      .filter(({ event }) => event === 0)
      .map(({ time }) => {
        let at = -1;
        times.forEach((t, i) => {
          if (t <= time) at = i;
        });
        const y = frame.y(at < 0 ? 1 : (values[at] as number));
        return `<line class="line s${series}" x1="${n(frame.x(time))}" y1="${n(y - 4)}" x2="${n(frame.x(time))}" y2="${n(y + 4)}"/>`;
      });
    return linePath(points, series) + censored.join('');
  });
  const legend = groups.map(({ name, rows: own }, series) => ({ series, name: `${name} (n = ${own.length})` }));
  const figure = frame.render(marks.join(''), legend);
  if (groups.length < 2) return figure;
  const { pValue } = logRank(
    known.map(({ time }) => time),
    known.map(({ event }) => event),
    known.map(({ risk }) => (risk > median ? 1 : 0)),
  );
  const text = Number.isNaN(pValue) ? '' : pValue < 0.001 ? 'log-rank p < 0.001' : `log-rank p = ${formatFigure(pValue)}`;
  return text === '' ? figure : figure.replace('</figure>', `<p class="note">${text}</p></figure>`);
}
