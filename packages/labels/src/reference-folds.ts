import { labelError } from './label-error.js';
import { RandomState } from './random-state.js';

/** Row numbers of one fold. */
export interface IndexFold {
  readonly train: readonly number[];
  readonly val: readonly number[];
  readonly test: readonly number[];
}

/** The reference's split options. */
export interface ReferenceFoldOptions {
  /** `cv_fold`. */
  readonly folds: number;
  readonly seed: number;
  /** `val_ratio`: share of each label's training rows that goes to validation. */
  readonly validation?: number | undefined;
  /** `val2test`: validation rows are also put in front of the test rows. */
  readonly val2test?: boolean | undefined;
}

/**
 * The reference's k folds, row by row: numpy shuffle, scikit-learn's `StratifiedKFold` without shuffling, then validation rows
 * label by label (SPEC §4.3). It splits rows, not cases; `folds` keeps cases together.
 *
 * @param labels - label of each row, compared as they are
 * @throws SlidestreamError `labels/too-few-cases`
 */
export function referenceFolds(labels: readonly (string | number)[], options: ReferenceFoldOptions): IndexFold[] {
  const order = new RandomState(options.seed).permutation(labels.length);
  const shuffled = Array.from(order, (row) => labels[row] as string | number);
  const testFold = stratifiedFoldOf(shuffled, options.folds);
  const ratio = options.validation ?? 0;
  return Array.from({ length: options.folds }, (_, fold) => {
    const rowsWhere = (inTest: boolean): number[] => Array.from(order).filter((_, i) => (testFold[i] === fold) === inTest);
    const test = rowsWhere(true);
    if (ratio === 0) return { train: rowsWhere(false), val: [], test };
    const { train, val } = splitByLabel(rowsWhere(false), labels, ratio, options.seed);
    return { train, val, test: options.val2test === true ? [...val, ...test] : test };
  });
}

/** scikit-learn's `StratifiedKFold(k)`: the test fold of every row. */
function stratifiedFoldOf(labels: readonly (string | number)[], folds: number): Int32Array {
  const classes = [...new Set(labels)];
  const codes = labels.map((label) => classes.indexOf(label));
  if (classes.every((_, k) => codes.filter((code) => code === k).length < folds)) {
    throw labelError('too-few-cases', `no label has ${folds} rows, so ${folds} folds cannot be made`);
  }
  const sorted = [...codes].sort((a, b) => a - b);
  const out = new Int32Array(labels.length);
  for (let k = 0; k < classes.length; k++) {
    const queue: number[] = [];
    for (let fold = 0; fold < folds; fold++) {
      for (let i = fold; i < sorted.length; i += folds) if (sorted[i] === k) queue.push(fold);
    }
    let next = 0;
    for (let i = 0; i < codes.length; i++) if (codes[i] === k) out[i] = queue[next++] as number;
  }
  return out;
}

function splitByLabel(
  rows: readonly number[],
  labels: readonly (string | number)[],
  ratio: number,
  seed: number,
): { train: number[]; val: number[] } {
  const train: number[] = [];
  const val: number[] = [];
  for (const label of new Set(rows.map((row) => labels[row]))) {
    const own = rows.filter((row) => labels[row] === label);
    const permuted = Array.from(new RandomState(seed).permutation(own.length), (i) => own[i] as number);
    const count = Math.trunc(own.length * ratio);
    val.push(...permuted.slice(0, count));
    train.push(...permuted.slice(count));
  }
  return { train, val };
}

/** scikit-learn's `train_test_split(range(n), test_size, random_state)`: shuffled row numbers, the test part first drawn. */
export function referenceTrainTestSplit(count: number, testSize: number, seed: number): { train: number[]; test: number[] } {
  const order = Array.from(new RandomState(seed).permutation(count));
  const held = Math.ceil(testSize * count);
  return { train: order.slice(held), test: order.slice(0, held) };
}
