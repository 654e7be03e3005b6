/**
 * The recipes: tile, pack, embed, train, evaluate, predict, heatmap.
 *
 * @packageDocumentation
 */

export type { ClassificationPrediction, PredictionSplit, PredictionTable, SurvivalPrediction } from './predictions.js';
export { formatPredictions, parsePredictions } from './predictions.js';
export type { RecipeContext, RecipeProgress } from './recipe-context.js';
export type { RunFolder } from './run-folder.js';
export { openRunFolder } from './run-folder.js';
export type { InputHash } from './run-folder-inputs.js';
export { hashInputs } from './run-folder-inputs.js';
export type { LogRecord, RunLog, RunLogOptions } from './run-folder-log.js';
export { openRunLog, parseRunLog } from './run-folder-log.js';
export type { Difference, RunManifest } from './run-folder-manifest.js';
export { checkSameRun, manifestDifferences, parseManifest } from './run-folder-manifest.js';
export type { FoldSummary, MetricInterval, RunSummary } from './summary.js';
export { formatSummary, parseSummary, summarise } from './summary.js';
