import { SlidestreamError } from '@slidestream/core';
import { type Interval, meanAndSd } from '@slidestream/metrics';

/** A metric of one fold; NaN (JSON `null`) where it is not defined. */
export type MetricInterval = Pick<Interval, 'value' | 'low' | 'high'> & Partial<Interval>;

/** Figures of one fold. */
export interface FoldSummary {
  readonly fold: number;
  /** Test metrics with their bootstrap intervals, by name. */
  readonly test: Readonly<Record<string, MetricInterval>>;
  /** Validation metrics of the chosen epoch, where there was a validation set. */
  readonly val?: Readonly<Record<string, number>> | undefined;
  /** 0-based epoch whose weights were tested. */
  readonly bestEpoch?: number | undefined;
  /** Epochs that were trained. */
  readonly epochs?: number | undefined;
  /** Mean training loss of the last epoch. */
  readonly trainLoss?: number | undefined;
  /** Cases or slides of each part. */
  readonly sizes?: { readonly train: number; readonly val: number; readonly test: number } | undefined;
}

/** What `summary.json` holds. */
export interface RunSummary {
  readonly task: string;
  readonly classes?: readonly string[] | undefined;
  readonly folds: readonly FoldSummary[];
  /** Mean and sample standard deviation of each test metric over the folds in which it is defined. */
  readonly mean: Readonly<Record<string, { readonly value: number; readonly sd: number }>>;
  readonly seconds: number;
  readonly seed: number;
}

/** A {@link RunSummary} with its means taken over `folds`. */
export function summarise(run: Omit<RunSummary, 'mean'>): RunSummary {
  const names = [...new Set(run.folds.flatMap((fold) => Object.keys(fold.test)))];
  const mean = names.map((name) => {
    const values = run.folds.map((fold) => fold.test[name]?.value ?? Number.NaN).filter((value) => !Number.isNaN(value));
    const figures = meanAndSd(values);
    return [name, { value: figures.mean, sd: figures.sd }] as const;
  });
  const { task, classes, folds, seconds, seed } = run;
  return { task, ...(classes === undefined ? {} : { classes }), folds, mean: Object.fromEntries(mean), seconds, seed };
}

/** The text of `summary.json`. */
export function formatSummary(summary: RunSummary): string {
  return `${JSON.stringify(summary, null, 2)}\n`;
}

/**
 * Reads the text of a `summary.json`; `null` becomes NaN again.
 *
 * @throws SlidestreamError `run/bad-summary`
 */
export function parseSummary(text: string, file = 'summary.json'): RunSummary {
  let value: unknown;
  try {
    value = JSON.parse(text, (key, leaf) => (leaf === null && key !== '' ? Number.NaN : leaf));
  } catch (cause) {
    throw badSummary(file, 'is not JSON', cause);
  }
  const { task, folds, mean, seconds, seed } = (value ?? {}) as Partial<RunSummary>;
  const hasFolds = Array.isArray(folds) && folds.every(isFold);
  if (typeof task !== 'string' || !hasFolds || typeof mean !== 'object' || typeof seconds !== 'number' || typeof seed !== 'number') {
    throw badSummary(file, 'lacks one of task, folds, mean, seconds, seed');
  }
  return value as RunSummary;
}

function isFold(value: unknown): boolean {
  const { fold, test } = (value ?? {}) as Partial<FoldSummary>;
  if (typeof fold !== 'number' || typeof test !== 'object') return false;
  return Object.values(test).every((metric) => [metric.value, metric.low, metric.high].every((figure) => typeof figure === 'number'));
}

function badSummary(file: string, message: string, cause?: unknown): SlidestreamError {
  return new SlidestreamError({ code: 'run/bad-summary', category: 'data', message, where: { file }, cause });
}
