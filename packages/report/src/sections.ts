import { calibrationPlot } from './calibration-plot.js';
import { confusionTable } from './confusion-plot.js';
import { lossPlot, metricPlot } from './curves-plot.js';
import { escapeHtml } from './escape.js';
import { formatFigure } from './format-number.js';
import { kaplanMeierPlot } from './kaplan-meier-plot.js';
import type {
  ReportClassification,
  ReportData,
  ReportHeatmap,
  ReportImage,
  ReportInterval,
  ReportSurvival,
  ReportTile,
} from './report-data.js';
import { rocPlot } from './roc-plot.js';

/** What readers know metrics as. */
const METRIC_NAMES: Readonly<Record<string, string>> = {
  auc: 'AUC',
  accuracy: 'Accuracy',
  balancedAccuracy: 'Balanced accuracy',
  f1: 'F1',
  precision: 'Precision',
  recall: 'Recall',
  kappa: 'Kappa',
  cIndex: 'C-index',
  brier: 'Brier score',
  ece: 'Calibration error',
};

/** Rows of predictions that a browser still shows at ease. */
const MAX_PREDICTION_ROWS = 2000;

/** The head: title, date, facts. */
export function headSection({ title, createdAt, facts }: ReportData): string {
  const items = facts.map(({ name, value }) => `<div><dt>${text(name)}</dt><dd>${nameOf(value)}</dd></div>`);
  const list = items.length === 0 ? '' : `<dl class="facts">${items.join('')}</dl>`;
  return `<header><h1>${nameOf(title)}</h1><p class="soft">Slidestream report, ${text(createdAt)}</p>${list}</header>`;
}

/** Test metrics: folds in columns, each with its interval, and their mean. */
export function metricsSection({ folds, mean }: ReportData): string {
  const names = [...new Set(folds.flatMap(({ test }) => Object.keys(test)))];
  if (names.length === 0) return '';
  const several = folds.length > 1;
  const head = [...folds.map(({ fold }) => (several ? `Fold ${fold}` : 'Test')), ...(several && mean ? ['Mean ± sd'] : [])];
  const rows = names.map((name) => {
    const cells = folds.map(({ test }) => `<td class="num">${interval(test[name])}</td>`);
    const own = mean?.[name];
    if (several && mean)
      cells.push(`<td class="num"><b>${formatFigure(own?.value)}</b> <span class="ci">± ${formatFigure(own?.sd)}</span></td>`);
    return `<tr><th scope="row">${text(METRIC_NAMES[name] ?? name)}</th>${cells.join('')}</tr>`;
  });
  const columns = head.map((label) => `<th scope="col" class="num">${text(label)}</th>`).join('');
  const body = `<div class="scroll figures"><table><thead><tr><th></th>${columns}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
  return section('Test results', `${body}<p class="note">In brackets: bootstrap confidence interval.</p>`);
}

/** ROC, confusion, calibration, or Kaplan–Meier, of all test predictions. */
export function plotsSection({ predictions, folds }: ReportData): string {
  const isTest = ({ split }: { readonly split: string }): boolean => split === 'test';
  let plots: string[];
  if (predictions.task === 'survival') plots = [kaplanMeierPlot(predictions.rows.filter(isTest))];
  else {
    const { classes } = predictions;
    const rows = predictions.rows.filter(isTest);
    const auc = folds.length === 1 ? folds[0]?.test.auc : undefined;
    plots = [rocPlot(rows, classes, { auc }), confusionTable(rows, classes), calibrationPlot(rows, classes)];
  }
  const drawn = plots.filter((plot) => plot !== '');
  const pooled = folds.length > 1 ? '<p class="note">Test predictions of all folds together.</p>' : '';
  return drawn.length === 0 ? '' : section('Predictions on the test set', `<div class="plots">${drawn.join('')}</div>${pooled}`);
}

/** Loss and validation metrics per epoch. */
export function trainingSection({ folds }: ReportData): string {
  const plots = folds.flatMap((fold) => {
    const suffix = folds.length > 1 ? `, fold ${fold.fold}` : '';
    return [lossPlot(fold, `Loss${suffix}`), metricPlot(fold, `Validation${suffix}`)];
  });
  const drawn = plots.filter((plot) => plot !== '');
  if (drawn.length === 0) return '';
  const note = '<p class="note">The dotted line marks the epoch whose weights were tested.</p>';
  return section('Training', `<div class="plots">${drawn.join('')}</div>${note}`);
}

/** Heatmaps with the tiles that were looked at most and least. */
export function heatmapSection({ heatmaps }: ReportData): string {
  if (heatmaps.length === 0) return '';
  const scale = '<div class="scale"></div><div class="scale-ends"><span>least attention</span><span>most</span></div>';
  return section('What the model looked at', `${scale}${heatmaps.map(heatmap).join('')}`);
}

function heatmap({ slide, note, image, thumbnail, top, bottom }: ReportHeatmap): string {
  const pictures = [
    ...(thumbnail === undefined ? [] : [picture(thumbnail, `Slide ${slide}`)]),
    picture(image, `Attention on slide ${slide}`),
  ];
  const line = note === undefined ? '' : `<p class="soft">${nameOf(note)}</p>`;
  return `<article class="slide"><h3>${nameOf(slide)}</h3>${line}<div class="pictures">${pictures.join('')}</div>${tiles('Most attention', top)}${tiles('Least attention', bottom)}</article>`;
}

function tiles(title: string, list: readonly ReportTile[]): string {
  if (list.length === 0) return '';
  const items = list.map(
    ({ image, x, y, score }) =>
      `<figure>${picture(image, `Tile at ${x}, ${y}`)}<figcaption>${x}, ${y}<br>${text(score.toPrecision(3).replace('-', '−'))}</figcaption></figure>`,
  );
  return `<h3>${text(title)}</h3><div class="tiles">${items.join('')}</div>`;
}

/** Every slide's prediction, test slides first, wrong ones marked. */
export function predictionsSection({ predictions }: ReportData): string {
  const { rows } = predictions;
  if (rows.length === 0) return '';
  const order = ['test', 'predict', 'val', 'train'];
  const sorted = [...rows].sort((a, b) => order.indexOf(a.split) - order.indexOf(b.split) || a.fold - b.fold);
  const shown = sorted.slice(0, MAX_PREDICTION_ROWS);
  const left = sorted.length - shown.length;
  const own =
    predictions.task === 'classification'
      ? { head: ['True', 'Predicted', ...predictions.classes.map((name) => `p ${name}`)], cells: classified }
      : { head: ['Time', 'Event', 'Risk'], cells: survived };
  const head = ['Fold', 'Split', 'Case', 'Slide', ...own.head].map((name) => `<th scope="col">${nameOf(name)}</th>`).join('');
  const body = shown.map((row) => {
    const place = [String(row.fold), row.split, row.case, row.slide].map((value) => `<td>${nameOf(value)}</td>`).join('');
    return `<tr${isWrong(row) ? ' class="wrong-row"' : ''}>${place}${own.cells(row as never)}</tr>`;
  });
  const rest = left > 0 ? `<p class="note">${left} more rows are in predictions.csv.</p>` : '';
  return section(
    'Slides',
    `<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>${rest}`,
  );
}

function classified({ label, prediction, probabilities }: ReportClassification): string {
  const values = probabilities.map((value) => `<td class="num">${formatFigure(value)}</td>`);
  return `<td>${label === null ? '–' : nameOf(label)}</td><td>${nameOf(prediction)}</td>${values.join('')}`;
}

function survived({ time, event, risk }: ReportSurvival): string {
  return `<td class="num">${time === null ? '–' : text(String(time))}</td><td>${event === null ? '–' : event === 1 ? 'yes' : 'no'}</td><td class="num">${formatFigure(risk)}</td>`;
}

function isWrong(row: ReportClassification | ReportSurvival): boolean {
  return 'label' in row && row.label !== null && row.label !== row.prediction;
}

/** What was left out, and why. */
export function failuresSection({ failures }: ReportData): string {
  if (failures.length === 0) return section('Left out', '<p class="soft">Nothing was left out.</p>');
  const rows = failures.map(
    ({ item, code, message }) => `<tr><td>${nameOf(item)}</td><td>${text(code)}</td><td class="wide">${nameOf(message)}</td></tr>`,
  );
  return section(
    `Left out (${failures.length})`,
    `<div class="scroll"><table><thead><tr><th>What</th><th>Reason</th><th>Message</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`,
  );
}

/** Configuration and versions. */
export function runSection({ config, versions }: ReportData): string {
  const rows = Object.entries(versions).map(
    ([name, version]) => `<tr><th scope="row">${nameOf(name)}</th><td>${nameOf(version)}</td></tr>`,
  );
  const table = rows.length === 0 ? '' : `<h3>Versions</h3><div class="scroll"><table><tbody>${rows.join('')}</tbody></table></div>`;
  return section('Run', `<details><summary>Configuration</summary><pre>${text(config)}</pre></details>${table}`);
}

function section(title: string, body: string): string {
  return `<section><h2>${text(title)}</h2>${body}</section>`;
}

function interval(value: ReportInterval | undefined): string {
  const range =
    value?.low === undefined || value.high === undefined || Number.isNaN(value.low)
      ? ''
      : ` <span class="ci">(${formatFigure(value.low)}–${formatFigure(value.high)})</span>`;
  return `<b>${formatFigure(value?.value)}</b>${range}`;
}

function picture({ mediaType, bytes }: ReportImage, description: string): string {
  return `<img src="data:${mediaType};base64,${Buffer.from(bytes).toString('base64')}" alt="${escapeHtml(description)}">`;
}

function text(value: string): string {
  return escapeHtml(value);
}

/** A name from outside: escaped, and with a direction of its own, so that marks in it turn nothing around it. */
function nameOf(value: string): string {
  return `<bdi>${escapeHtml(value)}</bdi>`;
}
