import { checkLeakage } from './check-leakage.js';
import { caseStrata, checkStrata, dealCases, drawCases } from './deal-cases.js';
import { labelError } from './label-error.js';
import type { LabelRow, LabelTable } from './label-table.js';
import { referenceFolds } from './reference-folds.js';

/** One train/validation/test division of a table. */
export interface Fold {
  /** 0-based. */
  readonly fold: number;
  readonly train: readonly LabelRow[];
  /** Empty where nothing was held out: then there is nothing to choose an epoch on. */
  readonly val: readonly LabelRow[];
  readonly test: readonly LabelRow[];
}

/** How {@link folds} divides a table. */
export interface FoldOptions {
  /** Number of folds; without it the table's own split or fold column decides. */
  readonly folds?: number | undefined;
  /** Share of the training cases to hold out for validation where the table has none; 0 by default. */
  readonly validation?: number | undefined;
  /** Names the random order; the same seed and cases give the same folds whatever the order of rows. */
  readonly seed?: number | undefined;
  /** `reference`: the released system's row-wise folds, without keeping cases together. */
  readonly compat?: 'reference' | undefined;
  /** A class (or event) with fewer cases than folds: refused (default) or allowed. */
  readonly sparse?: 'refuse' | 'allow' | undefined;
}

/**
 * Divides a table for training. Cases stay whole: no patient is in two parts. With `folds` the cases are dealt to that many
 * test sets, stratified by label (survival: by event) and evened out by number of slides; without it the table's `split` words
 * give one fold, its fold numbers give one fold each.
 *
 * @throws SlidestreamError `labels/leakage`, `labels/no-split`, `labels/too-few-cases`
 * @example
 * ```ts
 * const [first] = folds(await readLabelTable('labels.csv'), { folds: 5, validation: 0.125, seed: 2021 });
 * ```
 */
export function folds(table: LabelTable, options: FoldOptions = {}): Fold[] {
  const made = options.folds === undefined || options.folds === 1 ? ownFolds(table) : dealtFolds(table, options.folds, options);
  const whole = made.map((one) => (one.val.length > 0 || options.compat === 'reference' ? one : holdOut(one, table, options)));
  if (options.compat !== 'reference') for (const one of whole) checkLeakage(one, table.source);
  return whole;
}

function ownFolds({ rows, source }: LabelTable): Fold[] {
  const partial = rows.find((row) => row.split === undefined && row.fold === undefined);
  if (partial !== undefined) {
    const message = `slide ${partial.slide} is in no split`;
    throw labelError(
      'no-split',
      message,
      { file: source, line: partial.line },
      'Add a split column (train, val, test) or say how many folds to make',
    );
  }
  const numbers = [...new Set(rows.flatMap((row) => (row.fold === undefined ? [] : [row.fold])))].sort((a, b) => a - b);
  const named = (name: string): LabelRow[] => rows.filter((row) => row.split === name);
  if (numbers.length === 0) return [{ fold: 0, train: named('train'), val: named('val'), test: named('test') }];
  if (numbers.length === 1) throw labelError('no-split', `every slide is in fold ${numbers[0]}`, { file: source });
  return numbers.map((number, fold) => ({
    fold,
    train: [...rows.filter((row) => row.fold !== undefined && row.fold !== number), ...named('train')],
    val: named('val'),
    test: rows.filter((row) => row.fold === number),
  }));
}

function dealtFolds(table: LabelTable, count: number, options: FoldOptions): Fold[] {
  const { rows } = table;
  if (options.compat === 'reference') {
    const { validation, seed = 0 } = options;
    const parts = referenceFolds(
      rows.map((row) => row.label),
      { folds: count, seed, validation },
    );
    const at = (indices: readonly number[]): LabelRow[] => indices.map((i) => rows[i] as LabelRow);
    return parts.map((part, fold) => ({ fold, train: at(part.train), val: at(part.val), test: at(part.test) }));
  }
  const strata = caseStrata(rows, table.task);
  checkStrata(strata, count, options.sparse ?? 'refuse', table.source);
  const foldOf = dealCases(strata, count, options.seed ?? 0);
  return Array.from({ length: count }, (_, fold) => ({
    fold,
    train: rows.filter((row) => foldOf.get(row.case) !== fold),
    val: [],
    test: rows.filter((row) => foldOf.get(row.case) === fold),
  }));
}

function holdOut(one: Fold, table: LabelTable, options: FoldOptions): Fold {
  const ratio = options.validation ?? 0;
  if (ratio === 0) return one;
  if (!(ratio > 0 && ratio < 1)) throw labelError('no-split', `validation is ${ratio}, needs to lie between 0 and 1`);
  const held = drawCases(caseStrata(one.train, table.task), ratio, options.seed ?? 0, 'validation', one.fold);
  const inVal = (row: LabelRow): boolean => held.has(row.case);
  return { ...one, train: one.train.filter((row) => !inVal(row)), val: one.train.filter(inVal) };
}
