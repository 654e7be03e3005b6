import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { isSlidestreamError } from '@slidestream/core';
import { RandomState, readLabelTable, referenceFolds, referenceTrainTestSplit, survivalBins } from '@slidestream/labels';
import { UnknownCase } from './conformance-case.js';
import { fieldsOf, type NumbersCheck } from './numbers-case.js';

const kfold: NumbersCheck = ({ value }, comparison) => {
  interface KFold {
    readonly n: number;
    readonly k: number;
    readonly seed: number;
    readonly val_ratio: number;
    readonly val2test: boolean;
    readonly labels: readonly (number | string)[];
    readonly shuffled_order: readonly number[];
    readonly folds: readonly { readonly train: readonly number[]; readonly val: readonly number[]; readonly test: readonly number[] }[];
    /** A variable of the reference after the split, which no result here depends on. */
    readonly args_val_ratio_after: number;
  }
  const names = ['n', 'k', 'seed', 'val_ratio', 'val2test', 'labels', 'shuffled_order', 'folds', 'args_val_ratio_after'] as const;
  const one = fieldsOf<KFold>(value, names);
  comparison.equal('shuffled_order', [...new RandomState(one.seed).permutation(one.n)], one.shuffled_order);
  const ours = referenceFolds(one.labels, { folds: one.k, seed: one.seed, validation: one.val_ratio, val2test: one.val2test });
  one.folds.forEach((fold, i) => {
    for (const part of ['train', 'val', 'test'] as const) comparison.equal(`fold ${i} ${part}`, ours[i]?.[part], fold[part]);
  });
};

const trainTest: NumbersCheck = ({ value }, comparison) => {
  interface Split {
    readonly n: number;
    readonly test_size: number;
    readonly seed: number;
    readonly train: readonly number[];
    readonly test: readonly number[];
  }
  const one = fieldsOf<Split>(value, ['n', 'test_size', 'seed', 'train', 'test']);
  const { train, test } = referenceTrainTestSplit(one.n, one.test_size, one.seed);
  comparison.equal('train', train, one.train).equal('test', test, one.test);
};

const permutation: NumbersCheck = ({ value }, comparison) => {
  const one = fieldsOf<{ n: number; seed: number; permutation: readonly number[] }>(value, ['n', 'seed', 'permutation']);
  comparison.equal('permutation', [...new RandomState(one.seed).permutation(one.n)], one.permutation);
};

const bins: NumbersCheck = ({ value }, comparison) => {
  interface Bins {
    readonly event: readonly number[];
    readonly status: readonly number[];
    readonly labels?: readonly number[];
    readonly uncensored_quartile_edges?: readonly number[];
    readonly final_edges?: readonly number[];
    readonly error?: string;
  }
  const one = fieldsOf<Bins>(value, ['event', 'status', 'labels', 'uncensored_quartile_edges', 'final_edges', 'error']);
  if (one.error !== undefined) {
    comparison.equal('refused', refuses(one.event, one.status), true);
    return;
  }
  const ours = survivalBins(one.event, one.status);
  comparison.close('final_edges', ours.edges, one.final_edges ?? [], { absolute: 1e-9 });
  const inner = (edges: readonly number[]): readonly number[] => edges.slice(1, -1);
  comparison.close('quartile edges', inner(ours.edges), inner(one.uncensored_quartile_edges ?? []), { absolute: 1e-9 });
  comparison.equal('labels', one.event.map(ours.binOf), one.labels);
};

function refuses(times: readonly number[], events: readonly number[]): boolean {
  try {
    survivalBins(times, events);
    return false;
  } catch (error) {
    return isSlidestreamError(error, 'labels/duplicate-edges');
  }
}

/** The shipped survival tables beside the vectors carry bins of their own: ours must be the same. */
const shipped: NumbersCheck = async ({ value }, comparison, root) => {
  for (const [name, recorded] of Object.entries(value as Record<string, { rows: number; agree: number; dist: Record<string, number> }>)) {
    const path = join(root, '../labels/survival_tcga_brca_3fold', `${name}.csv`);
    await access(path).catch(() => {
      throw new UnknownCase(`needs ${path}, which is not there`);
    });
    const { rows } = await readLabelTable(path);
    const cases = [...new Map(rows.map((row) => [row.case, row])).values()];
    const { binOf } = survivalBins(
      cases.map((row) => row.time as number),
      cases.map((row) => row.event as number),
    );
    const ours = cases.map((row) => String(binOf(row.time as number)));
    const distribution = Object.fromEntries(Object.keys(recorded.dist).map((bin) => [bin, ours.filter((own) => own === bin).length]));
    comparison.equal(`${name} rows`, cases.length, recorded.rows);
    comparison.equal(`${name} agree`, cases.filter((row, i) => row.label === ours[i]).length, recorded.agree);
    comparison.equal(`${name} dist`, distribution, recorded.dist);
  }
};

/** Checks of `numbers/splits.json` and `numbers/survival_bins.json` by key. */
export const splitChecks: Readonly<Record<string, NumbersCheck>> = {
  'splits/kfold': kfold,
  'splits/train_test_split': trainTest,
  'splits/numpy_randomstate_permutation': permutation,
  'survival_bins/cases': bins,
  'survival_bins/agreement_with_shipped_csv': shipped,
};
