/**
 * Pure metric functions over typed arrays.
 *
 * @packageDocumentation
 */

export { accuracy } from './accuracy.js';
export { argmaxRows } from './argmax.js';
export { auc } from './auc.js';
export { averagePrecision } from './average-precision.js';
export type { BalancedAccuracyOptions } from './balanced-accuracy.js';
export { balancedAccuracy } from './balanced-accuracy.js';
export type { BootstrapOptions, Interval } from './bootstrap.js';
export { bootstrap, resamples } from './bootstrap.js';
export { brier } from './brier.js';
export { cIndex } from './c-index.js';
export type { CIndexIpcwOptions } from './c-index-ipcw.js';
export { cIndexIpcw } from './c-index-ipcw.js';
export type { SurvivalOutcome } from './censoring-weights.js';
export type { Numbers } from './check.js';
export { chiSquareTail, normalTwoSided } from './chi-square.js';
export type { AverageOptions } from './class-counts.js';
export type { ClassificationMetric } from './classification-metrics.js';
export { classificationMetrics } from './classification-metrics.js';
export type { Concordance, ConcordanceOptions } from './concordance.js';
export { concordance } from './concordance.js';
export type { ConfusionMatrix } from './confusion-matrix.js';
export { confusionMatrix } from './confusion-matrix.js';
export type { DeLong } from './delong.js';
export { deLong } from './delong.js';
export type { DynamicAuc } from './dynamic-auc.js';
export { dynamicAuc } from './dynamic-auc.js';
export type { EceOptions } from './ece.js';
export { ece } from './ece.js';
export { f1, f1PerClass } from './f1.js';
export type { KaplanMeier } from './kaplan-meier.js';
export { censoringCurve, kaplanMeier } from './kaplan-meier.js';
export type { KappaOptions } from './kappa.js';
export { kappa } from './kappa.js';
export { logLoss } from './log-loss.js';
export type { LogRank } from './log-rank.js';
export { logRank } from './log-rank.js';
export type { MacroAucOptions } from './macro-auc.js';
export { aucPerClass, macroAuc } from './macro-auc.js';
export { meanAndSd } from './mean-and-sd.js';
export type { PairedInterval } from './paired-bootstrap.js';
export { pairedBootstrap } from './paired-bootstrap.js';
export { pick, pickRows } from './pick.js';
export { precision, precisionPerClass } from './precision.js';
export { quantile, quantileSorted } from './quantile.js';
export { recall, recallPerClass } from './recall.js';
export type { ReferenceMetrics, ReferenceMetricsOptions } from './reference-metrics.js';
export { referenceMetrics } from './reference-metrics.js';
export type { RocCurve } from './roc-curve.js';
export { rocCurve } from './roc-curve.js';
export { softmaxRows } from './softmax.js';
export type { StepFunction } from './step-function.js';
export { stepAt } from './step-function.js';
export { integratedBrier, survivalBrier } from './survival-brier.js';
