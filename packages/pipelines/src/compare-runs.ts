import { SlidestreamError } from '@slidestream/core';
import { type DeLong, deLong, type PairedInterval, pairedBootstrap } from '@slidestream/metrics';
import { type EvaluateRunOptions, isKnown, metricsOf } from './evaluate-run.js';
import type { ClassificationPrediction, PredictionSplit, PredictionTable, SurvivalPrediction } from './predictions.js';
import { notARun, openRunFolder } from './run-folder.js';

/** Which runs to compare, and how. */
export interface CompareRunsOptions extends Pick<EvaluateRunOptions, 'split' | 'bootstrap' | 'confidence'> {
  /** The first is what the others are held against. */
  readonly runs: readonly string[];
}

/** A metric of two runs on the same cases; the interval is that of the difference run − baseline. */
export interface ComparedMetric extends Pick<PairedInterval, 'low' | 'high' | 'pValue'> {
  readonly baseline: number;
  readonly run: number;
  readonly difference: number;
}

/** A run held against the baseline. */
export interface RunComparison {
  readonly run: string;
  /** Slides that both have predicted; nothing else is compared. */
  readonly slides: number;
  readonly onlyInBaseline: number;
  readonly onlyInRun: number;
  readonly metrics: Readonly<Record<string, ComparedMetric>>;
  /** DeLong's test of the AUC; `null` unless there are two classes and every patient has one slide. */
  readonly deLong: DeLong | null;
}

/** What comparing gave. */
export interface CompareRunsResult {
  readonly task: PredictionTable['task'];
  readonly split: PredictionSplit;
  readonly baseline: string;
  readonly comparisons: readonly RunComparison[];
}

type Row = ClassificationPrediction | SurvivalPrediction;

/**
 * Paired comparison of runs on the slides that both predicted: differences of metrics with bootstrap intervals over patients.
 *
 * @throws SlidestreamError `compare/one-run`, `compare/other-task`, `compare/other-classes`, `compare/other-truth`, `compare/no-common-slides`,
 *   `run/not-a-run`, `io/not-found`, `run/bad-predictions`
 */
export async function compareRuns(options: CompareRunsOptions): Promise<CompareRunsResult> {
  const { split = 'test' } = options;
  const [first, ...others] = options.runs;
  if (first === undefined || others.length === 0) throw compareError('one-run', 'two runs or more are needed', { category: 'usage' });
  const baseline = await readRun(first);
  const comparisons: RunComparison[] = [];
  for (const path of others) {
    const run = await readRun(path);
    comparisons.push({ run: path, ...comparePair(baseline, { ...run, table: alike(run.table, baseline.table, path) }, path, options) });
  }
  return { task: baseline.table.task, split, baseline: first, comparisons };
}

interface ReadRun {
  readonly table: PredictionTable;
  readonly seed: number;
}

async function readRun(path: string): Promise<ReadRun> {
  const run = await openRunFolder(path);
  const manifest = await run.manifest();
  if (manifest === null) throw notARun(path);
  return { table: await run.predictions(), seed: manifest.seed };
}

/** `table` with its classes in the baseline's order. */
function alike(table: PredictionTable, baseline: PredictionTable, file: string): PredictionTable {
  if (table.task !== baseline.task)
    throw compareError('other-task', `it is ${table.task}, the first run is ${baseline.task}`, { file, category: 'usage' });
  if (table.task === 'survival' || baseline.task === 'survival') return table;
  const order = baseline.classes.map((name) => table.classes.indexOf(name));
  if (order.includes(-1) || order.length !== table.classes.length) {
    const message = `its classes are ${table.classes.join(', ')}, those of the first run ${baseline.classes.join(', ')}`;
    throw compareError('other-classes', message, { file, category: 'usage' });
  }
  const rows = table.rows.map((row) => ({ ...row, probabilities: order.map((k) => row.probabilities[k] as number) }));
  return { ...table, classes: baseline.classes, rows };
}

function comparePair(baseline: ReadRun, run: ReadRun, file: string, options: CompareRunsOptions): Omit<RunComparison, 'run'> {
  const { split = 'test', bootstrap: resamples = 1000, confidence: level = 0.95 } = options;
  const rowsOf = ({ table }: ReadRun): Row[] => (table.rows as readonly Row[]).filter((row) => row.split === split && isKnown(row));
  const [a, b] = [rowsOf(baseline), rowsOf(run)];
  // A slide that is tested once in each run is the same case whatever the folds; one that is tested often is told apart by the fold.
  const once = [a, b].every((rows) => new Set(rows.map(({ slide }) => slide)).size === rows.length);
  const keyOf = (row: Row): string => (once ? row.slide : `${row.fold}/${row.slide}`);
  const other = new Map(b.map((row) => [keyOf(row), row]));
  const pairs = a.flatMap((row) => {
    const twin = other.get(keyOf(row));
    return twin === undefined ? [] : [[row, twin] as const];
  });
  if (pairs.length === 0)
    throw compareError('no-common-slides', `it shares no ${split} slide with the first run`, {
      file,
      hint: 'Compare runs on the same cases',
    });
  for (const [row, twin] of pairs) {
    if (truthOf(row) === truthOf(twin)) continue;
    const message = `slide ${row.slide} is ${truthOf(row)} in the first run and ${truthOf(twin)} here`;
    throw compareError('other-truth', message, { file, hint: 'Train both with the same label table' });
  }
  const groups = pairs.map(([row]) => row.case);
  const [own, theirs] = [pairs.map(([, twin]) => twin), pairs.map(([row]) => row)];
  const figures = (rows: readonly Row[], at: Uint32Array): Record<string, number> =>
    metricsOf(
      baseline.table,
      Array.from(at, (i) => rows[i] as Row),
    );
  const bootstrapOptions = { seed: baseline.seed, resamples, level, groups };
  const differences = pairedBootstrap(
    pairs.length,
    (at) => figures(own, at),
    (at) => figures(theirs, at),
    bootstrapOptions,
  );
  const all = Uint32Array.from(pairs, (_, i) => i);
  const [before, now] = [figures(theirs, all), figures(own, all)];
  const metrics = Object.entries(differences).map(([name, { value, low, high, pValue }]) => {
    const compared: ComparedMetric = { baseline: before[name] as number, run: now[name] as number, difference: value, low, high, pValue };
    return [name, compared] as const;
  });
  return {
    slides: pairs.length,
    onlyInBaseline: a.length - pairs.length,
    onlyInRun: b.length - pairs.length,
    metrics: Object.fromEntries(metrics),
    deLong: new Set(groups).size < groups.length ? null : aucTest(baseline.table, own, theirs),
  };
}

function aucTest(table: PredictionTable, own: readonly Row[], theirs: readonly Row[]): DeLong | null {
  if (table.task === 'survival' || table.classes.length !== 2) return null;
  const labels = theirs.map((row) => ('label' in row && row.label === table.classes[1] ? 1 : 0));
  const scores = (rows: readonly Row[]): number[] => rows.map((row) => ('label' in row ? (row.probabilities[1] as number) : Number.NaN));
  return deLong(labels, scores(own), scores(theirs));
}

function truthOf(row: Row): string {
  return 'label' in row ? String(row.label) : `${row.time} ${row.event === 1 ? 'with' : 'without'} event`;
}

function compareError(
  code: string,
  message: string,
  { file, hint, category = 'data' }: { readonly file?: string; readonly hint?: string; readonly category?: 'usage' | 'data' },
): SlidestreamError {
  return new SlidestreamError({ code: `compare/${code}`, category, message, where: { file }, hint });
}
