import { randomStream } from '@slidestream/core';
import { checkLeakage } from './check-leakage.js';
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
  const cases = caseStrata(rows, table.task);
  if (cases.size < count)
    throw labelError('too-few-cases', `${cases.size} cases cannot be dealt to ${count} folds`, { file: table.source });
  const strata = groupStrata(cases);
  for (const [stratum, own] of strata) {
    if (own.length < count && options.sparse !== 'allow') {
      const message = `"${stratum}" has ${own.length} cases, too few for each of ${count} folds to hold one`;
      throw labelError('too-few-cases', message, { file: table.source }, 'Use fewer folds, or accept it with sparse: allow');
    }
  }
  const foldOf = deal(strata, cases, count, options.seed ?? 0);
  return Array.from({ length: count }, (_, fold) => ({
    fold,
    train: rows.filter((row) => foldOf.get(row.case) !== fold),
    val: [],
    test: rows.filter((row) => foldOf.get(row.case) === fold),
  }));
}

/** Largest cases first, each to the fold that has fewest slides of its stratum, then fewest slides at all. */
function deal(strata: Map<string, string[]>, cases: Map<string, CaseInfo>, count: number, seed: number): Map<string, number> {
  const foldOf = new Map<string, number>();
  const total = new Float64Array(count);
  for (const [stratum, own] of strata) {
    const order = randomStream(seed, 'folds', stratum).permutation(own.length);
    const queue = Array.from(order, (i) => own[i] as string).sort((a, b) => slidesOf(cases, b) - slidesOf(cases, a));
    const here = new Float64Array(count);
    for (const name of queue) {
      let best = 0;
      for (let fold = 1; fold < count; fold++) {
        const lead = (here[fold] as number) - (here[best] as number) || (total[fold] as number) - (total[best] as number);
        if (lead < 0) best = fold;
      }
      foldOf.set(name, best);
      here[best] = (here[best] as number) + slidesOf(cases, name);
      total[best] = (total[best] as number) + slidesOf(cases, name);
    }
  }
  return foldOf;
}

function holdOut(one: Fold, table: LabelTable, options: FoldOptions): Fold {
  const ratio = options.validation ?? 0;
  if (ratio === 0) return one;
  if (!(ratio > 0 && ratio < 1)) throw labelError('no-split', `validation is ${ratio}, needs to lie between 0 and 1`);
  const held = new Set<string>();
  for (const [stratum, own] of groupStrata(caseStrata(one.train, table.task))) {
    const order = randomStream(options.seed ?? 0, 'validation', one.fold, stratum).permutation(own.length);
    const take = own.length < 2 ? 0 : Math.max(1, Math.round(own.length * ratio));
    for (let i = 0; i < take; i++) held.add(own[order[i] as number] as string);
  }
  const inVal = (row: LabelRow): boolean => held.has(row.case);
  return { ...one, train: one.train.filter((row) => !inVal(row)), val: one.train.filter(inVal) };
}

interface CaseInfo {
  readonly stratum: string;
  slides: number;
}

/** Each case with its stratum: the labels of its slides, or whether its event was observed. */
function caseStrata(rows: readonly LabelRow[], task: LabelTable['task']): Map<string, CaseInfo> {
  const labels = new Map<string, Set<string>>();
  const slides = new Map<string, number>();
  for (const row of rows) {
    const stratum = task === 'survival' ? (row.event === 1 ? 'event' : 'censored') : row.label;
    labels.set(row.case, (labels.get(row.case) ?? new Set()).add(stratum));
    slides.set(row.case, (slides.get(row.case) ?? 0) + 1);
  }
  const out = new Map<string, CaseInfo>();
  for (const name of [...labels.keys()].sort()) {
    out.set(name, { stratum: [...(labels.get(name) as Set<string>)].sort().join(' + '), slides: slides.get(name) as number });
  }
  return out;
}

function groupStrata(cases: Map<string, CaseInfo>): Map<string, string[]> {
  const strata = new Map<string, string[]>();
  for (const [name, { stratum }] of cases) strata.set(stratum, [...(strata.get(stratum) ?? []), name]);
  return new Map([...strata].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function slidesOf(cases: Map<string, CaseInfo>, name: string): number {
  return cases.get(name)?.slides ?? 0;
}
