/**
 * Heatmaps, plots and the self-contained HTML report.
 *
 * @packageDocumentation
 */
export type { CalibrationBin } from './calibration-plot.js';
export { calibrationBins, calibrationPlot } from './calibration-plot.js';
export type { ColormapName } from './colormap.js';
export { colourOf } from './colormap.js';
export { confusionTable } from './confusion-plot.js';
export { lossPlot, metricPlot } from './curves-plot.js';
export { escapeHtml } from './escape.js';
export { formatCount, formatFigure, formatSeconds } from './format-number.js';
export { kaplanMeierPlot } from './kaplan-meier-plot.js';
export type { ScoreNormalisation } from './normalise-scores.js';
export { normaliseScores } from './normalise-scores.js';
export type { HeatmapInput } from './render-heatmap.js';
export { extremeTiles, renderHeatmap } from './render-heatmap.js';
export { renderReport } from './render-report.js';
export type {
  ReportClassification,
  ReportData,
  ReportEpoch,
  ReportFailure,
  ReportFold,
  ReportHeatmap,
  ReportImage,
  ReportInterval,
  ReportPredictions,
  ReportSurvival,
  ReportTile,
} from './report-data.js';
export type { RocPlotOptions } from './roc-plot.js';
export { rocPlot } from './roc-plot.js';
