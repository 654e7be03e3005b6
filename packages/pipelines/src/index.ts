/**
 * The recipes: tile, pack, embed, train, evaluate, predict, heatmap.
 *
 * @packageDocumentation
 */

export type { ComparedMetric, CompareRunsOptions, CompareRunsResult, RunComparison } from './compare-runs.js';
export { compareRuns } from './compare-runs.js';
export type { EmbedEncoder } from './embed/embed-encoders.js';
export type { SlideSourceOptions, SlideTileChoice } from './embed/slide-source.js';
export type { EmbedFrom, EmbedOptions, EmbedSummary } from './embed-slides.js';
export { embedSlides } from './embed-slides.js';
export type { EvaluateRunOptions, EvaluateRunResult } from './evaluate-run.js';
export { evaluateRun } from './evaluate-run.js';
export { folderStatus, type StageStatus } from './folder-status.js';
export type { LeaseTimes } from './ledger/heartbeat.js';
export type { SlideStatus } from './ledger/ledger-status.js';
export { inShard, type Shard } from './ledger/shard.js';
export type { SharingOptions } from './ledger/slide-ledger.js';
export type { PackFailure, PackOptions, PackSummary } from './pack-settings.js';
export { packTiles } from './pack-tiles.js';
export { createPackWorkers, type PackWorkers } from './pack-workers.js';
export type { PlanEstimate } from './plan/plan-estimate.js';
export type { PlanOptions, RunPlan } from './plan/plan-run.js';
export { planRun } from './plan/plan-run.js';
export type { Plugin, Registries } from './plugins/load-plugins.js';
export { withPlugins } from './plugins/load-plugins.js';
export { resolvePlugin } from './plugins/resolve-plugin.js';
export type { HeatmapOptions, HeatmapSummary } from './predict/heatmap-slide.js';
export { heatmapSlide, tileScores } from './predict/heatmap-slide.js';
export type { LoadedRun } from './predict/load-run.js';
export { loadRun, readRunConfig } from './predict/load-run.js';
export type { PredictOptions, PredictResult } from './predict/predict-run.js';
export { predictRun } from './predict/predict-run.js';
export type { SlideAttention } from './predict/slide-attention.js';
export { slideAttention } from './predict/slide-attention.js';
export type { ClassificationPrediction, PredictionSplit, PredictionTable, SurvivalPrediction } from './predictions.js';
export { formatPredictions, parsePredictions } from './predictions.js';
export type { RecipeContext, RecipeProgress } from './recipe-context.js';
export type { ReportOptions, ReportSummary } from './report-run.js';
export { reportRun } from './report-run.js';
export type { RunChainResult } from './run-chain.js';
export { runChain } from './run-chain.js';
export type { RunFolder } from './run-folder.js';
export { openRunFolder } from './run-folder.js';
export type { InputHash } from './run-folder-inputs.js';
export { hashInputs } from './run-folder-inputs.js';
export type { LogRecord, RunLog, RunLogOptions } from './run-folder-log.js';
export { openRunLog, parseRunLog } from './run-folder-log.js';
export type { Difference, RunManifest } from './run-folder-manifest.js';
export { checkSameRun, manifestDifferences, parseManifest } from './run-folder-manifest.js';
export type { ImportStoreOptions } from './store-recipes.js';
export { compactStore, exportStore, importStore, mergeStores, statStore, verifyStore } from './store-recipes.js';
export type { FoldSummary, MetricInterval, RunSummary } from './summary.js';
export { formatSummary, parseSummary, summarise } from './summary.js';
export type { TileAnnotations } from './tile-annotations.js';
export type { RecordedChoice, RejectedCounts, TileChoice } from './tile-choice.js';
export { gridOfCoords, readTileGrid, writeTileGrid } from './tile-coords.js';
export type { TileFolder, TileSettings } from './tile-folder.js';
export { readTileSettings, tileFolder } from './tile-folder.js';
export type { TileSlidesOptions } from './tile-slides.js';
export { tileSlides } from './tile-slides.js';
export type { TiledSlide, TileSummary } from './tile-summary.js';
export type { CrossValidateOptions, FoldMetrics } from './train/cross-validate.js';
export { crossValidate } from './train/cross-validate.js';
export type { TrainRunOptions, TrainRunResult } from './train/train-run.js';
export { trainRun } from './train/train-run.js';
