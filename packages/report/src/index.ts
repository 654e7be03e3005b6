/**
 * Heatmaps, plots and the self-contained HTML report.
 *
 * @packageDocumentation
 */
export {};
