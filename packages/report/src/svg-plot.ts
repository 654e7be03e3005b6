import { escapeHtml } from './escape.js';

/** Where a plot's values go. */
export interface PlotFrame {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly xDomain: readonly [number, number];
  readonly yDomain: readonly [number, number];
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Whole numbers only along x: epochs. */
  readonly wholeX?: boolean | undefined;
}

/** A frame with its scales. */
export interface Plot {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  /** The SVG element around `marks`, with axes and legend. */
  readonly render: (marks: string, legend?: readonly LegendEntry[]) => string;
}

/** A line of a legend; `series` picks the colour. */
export interface LegendEntry {
  readonly name: string;
  readonly series: number;
}

const MARGIN = { left: 52, right: 14, top: 34, bottom: 44 };

/** Number of colours that the report's style sheet names; further series start over. */
const SERIES_COLOURS = 6;

/** Scales and axes of a plot. */
export function plot(frame: PlotFrame): Plot {
  const { width = 380, height = 320, xDomain, yDomain } = frame;
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const x = linear(xDomain, [MARGIN.left, right]);
  const y = linear(yDomain, [bottom, MARGIN.top]);
  const xTicks = ticks(xDomain, frame.wholeX === true);
  const yTicks = ticks(yDomain);
  const axes = [
    ...yTicks.map((tick) => `<line class="grid" x1="${MARGIN.left}" y1="${n(y(tick))}" x2="${right}" y2="${n(y(tick))}"/>`),
    ...yTicks.map((tick) => `<text class="tick" x="${MARGIN.left - 8}" y="${n(y(tick) + 4)}" text-anchor="end">${label(tick)}</text>`),
    ...xTicks.map((tick) => `<text class="tick" x="${n(x(tick))}" y="${bottom + 18}" text-anchor="middle">${label(tick)}</text>`),
    `<line class="axis" x1="${MARGIN.left}" y1="${bottom}" x2="${right}" y2="${bottom}"/>`,
    `<text class="plot-title" x="${MARGIN.left}" y="18">${escapeHtml(frame.title)}</text>`,
    `<text class="label" x="${n((MARGIN.left + right) / 2)}" y="${height - 8}" text-anchor="middle">${escapeHtml(frame.xLabel)}</text>`,
    `<text class="label" transform="translate(13 ${n((MARGIN.top + bottom) / 2)}) rotate(-90)" text-anchor="middle">${escapeHtml(frame.yLabel)}</text>`,
  ];
  return {
    x,
    y,
    render: (marks, legend = []) =>
      `<figure class="plot"><svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeHtml(frame.title)}">${axes.join('')}${marks}</svg>${renderLegend(legend)}</figure>`,
  };
}

function renderLegend(entries: readonly LegendEntry[]): string {
  if (entries.length === 0) return '';
  const items = entries.map(
    ({ name, series }) => `<li><span class="swatch s${series % SERIES_COLOURS}"></span><bdi>${escapeHtml(name)}</bdi></li>`,
  );
  return `<ul class="legend">${items.join('')}</ul>`;
}

/** A path through points in pixels; undefined values break it. */
export function linePath(points: readonly (readonly [x: number, y: number])[], series: number, extra = ''): string {
  let pen = 'M';
  let d = '';
  for (const [px, py] of points) {
    if (!Number.isFinite(px) || !Number.isFinite(py)) {
      pen = 'M';
      continue;
    }
    d += `${pen}${n(px)} ${n(py)}`;
    pen = 'L';
  }
  return `<path class="line s${series % SERIES_COLOURS}${extra === '' ? '' : ` ${extra}`}" d="${d}"/>`;
}

/** A number for SVG: two decimals are finer than any screen. */
export function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function linear([low, high]: readonly [number, number], [from, to]: readonly [number, number]): (value: number) => number {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

/** Round values inside a domain, about five. */
export function ticks([low, high]: readonly [number, number], whole = false): number[] {
  const span = high - low;
  if (!(span > 0) || !Number.isFinite(span)) return [low];
  const rough = span / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(whole ? 1 : 0, ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power);
  const out: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) out.push(Number((i * step).toPrecision(12)));
  return whole ? out.filter(Number.isInteger) : out;
}

function label(value: number): string {
  return String(Number(value.toPrecision(4))).replace('-', '−');
}
