/**
 * Label tables, patient grouping, folds and splits with leakage checks, survival bins.
 *
 * @packageDocumentation
 */
export {};
