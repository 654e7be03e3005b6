/**
 * Label tables, patient grouping, folds and splits with leakage checks, survival bins.
 *
 * @packageDocumentation
 */

export { checkLeakage } from './check-leakage.js';
export type { ClamSplits } from './clam-splits.js';
export { formatClamSplits, parseClamSplits } from './clam-splits.js';
export { classIndex, classOrder } from './class-order.js';
export type { ColumnRole, Columns } from './columns.js';
export type { Fold, FoldOptions } from './folds.js';
export { folds } from './folds.js';
export { formatCsv } from './format-csv.js';
export type { FormattedLabels, LabelSystem } from './format-label-table.js';
export { formatLabelTable, labelSystems } from './format-label-table.js';
export { groupByCase } from './group-by-case.js';
export type { DroppedRow, LabelRow, LabelTable, SplitName } from './label-table.js';
export type { MatchOptions, SlideMatches } from './match-slides.js';
export { matchSlides } from './match-slides.js';
export type { LabelTableOptions } from './parse-label-table.js';
export { parseLabelTable } from './parse-label-table.js';
export { RandomState } from './random-state.js';
export type { CsvRecord } from './read-csv.js';
export { readCsv } from './read-csv.js';
export type { ReadLabelTableOptions } from './read-label-table.js';
export { readLabelTable } from './read-label-table.js';
export type { IndexFold, ReferenceFoldOptions } from './reference-folds.js';
export { referenceFolds, referenceTrainTestSplit } from './reference-folds.js';
export { slideIdOf } from './slide-id.js';
export type { SurvivalBinOptions, SurvivalBins } from './survival-bins.js';
export { survivalBins, survivalBinsOf } from './survival-bins.js';
