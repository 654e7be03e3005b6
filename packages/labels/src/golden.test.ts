import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folds, RandomState, readLabelTable, referenceFolds, referenceTrainTestSplit, survivalBins } from './index.js';

const shared = resolve(import.meta.dirname, '../../../../shared');
const here = existsSync(shared);
const numbers = (name: string) => (here ? JSON.parse(readFileSync(resolve(shared, 'vectors/numbers', name), 'utf8')) : {});

describe.skipIf(!here)('splits against the recorded ones (skipped without ../shared)', () => {
  const data = numbers('splits.json');

  it.each((data.kfold ?? []) as never[])('k folds, case %#', (one: KFoldCase) => {
    const ours = referenceFolds(one.labels, { folds: one.k, seed: one.seed, validation: one.val_ratio, val2test: one.val2test });
    expect(ours).toEqual(one.folds);
    expect([...new RandomState(one.seed).permutation(one.n)]).toEqual(one.shuffled_order);
  });

  it.each((data.train_test_split ?? []) as never[])(
    'train_test_split, case %#',
    (one: { n: number; test_size: number; seed: number; train: number[]; test: number[] }) => {
      expect(referenceTrainTestSplit(one.n, one.test_size, one.seed)).toEqual({ train: one.train, test: one.test });
    },
  );

  it.each((data.numpy_randomstate_permutation ?? []) as never[])(
    'numpy permutation, case %#',
    (one: { n: number; seed: number; permutation: number[] }) => {
      expect([...new RandomState(one.seed).permutation(one.n)]).toEqual(one.permutation);
    },
  );
});

interface KFoldCase {
  n: number;
  k: number;
  seed: number;
  val_ratio: number;
  val2test: boolean;
  labels: number[];
  shuffled_order: number[];
  folds: { train: number[]; val: number[]; test: number[] }[];
}

describe.skipIf(!here)('survival bins against the recorded ones (skipped without ../shared)', () => {
  const data = numbers('survival_bins.json');

  it.each((data.cases ?? []) as never[])(
    'case %#',
    (one: { event: number[]; status: number[]; labels?: number[]; final_edges?: number[]; error?: string }) => {
      if (one.error !== undefined) {
        expect(() => survivalBins(one.event, one.status)).toThrow(expect.objectContaining({ code: 'labels/duplicate-edges' }));
        return;
      }
      const bins = survivalBins(one.event, one.status);
      expect(bins.edges).toEqual(one.final_edges);
      expect(one.event.map(bins.binOf)).toEqual(one.labels);
    },
  );

  it.each([0, 1, 2])('reproduces the shipped labels of fold %i', async (k) => {
    const table = await readLabelTable(resolve(shared, `labels/survival_tcga_brca_3fold/fold_${k}.csv`));
    const cases = [...new Map(table.rows.map((row) => [row.case, row])).values()];
    expect(cases).toHaveLength(1007);
    const bins = survivalBins(
      cases.map((row) => row.time as number),
      cases.map((row) => row.event as number),
    );
    expect(cases.map((row) => String(bins.binOf(row.time as number)))).toEqual(cases.map((row) => row.label));
    expect(cases.filter((row) => row.event === 1)).toHaveLength(146);
    const [fold] = folds(table);
    expect(new Set(fold?.train.map((row) => row.case)).size + new Set(fold?.test.map((row) => row.case)).size).toBe(1007);
  });
});

describe.skipIf(!here)('tables as they occur in the field (skipped without ../shared)', () => {
  const label = (name: string) => resolve(shared, 'labels', name);
  const sizes = (one: ReturnType<typeof folds>[number] | undefined) => [one?.train.length, one?.val.length, one?.test.length];

  it('panda: six grades and the paper’s split', async () => {
    const table = await readLabelTable(label('panda.csv'));
    expect(table.classes).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(sizes(folds(table)[0])).toEqual([7143, 1019, 2040]);
  });

  it('BRCA subtyping: two classes by name', async () => {
    const table = await readLabelTable(label('subtyping_tcga_brca.csv'));
    expect(table.classes).toEqual(['IDC', 'ILC']);
    expect(sizes(folds(table)[0])).toEqual([656, 95, 234]);
    expect(table.rows.filter((row) => row.label === 'ILC')).toHaveLength(198);
  });

  it('a resampled list is refused unless repeats are kept', async () => {
    const path = label('subtyping_tcga_brca_resample.csv');
    await expect(readLabelTable(path)).rejects.toThrow(expect.objectContaining({ code: 'labels/duplicate-slide' }));
    expect((await readLabelTable(path, { repeats: 'keep' })).rows).toHaveLength(985 + 138);
  });

  it('CLAM, slideflow and MCAT', async () => {
    const clam = await readLabelTable(label('clam_tumor_subtyping_dummy.csv'));
    expect([clam.rows.length, new Set(clam.rows.map((row) => row.case)).size, clam.classes]).toEqual([
      500,
      450,
      ['subtype_1', 'subtype_2', 'subtype_3'],
    ]);
    const slideflow = await readLabelTable(label('slideflow_tcga_lung_luad_lusc.csv'));
    expect([slideflow.rows.length, slideflow.classes, slideflow.columns.label]).toEqual([941, ['adenocarcinoma', 'squamous'], 'subtype']);
    const mcat = await readLabelTable(label('mcat_tcga_blca_survival.csv'));
    expect([mcat.task, mcat.rows.length, mcat.rows.filter((row) => row.event === 1).length]).toEqual(['survival', 437, 201]);
    expect(mcat.rows[0]).toMatchObject({
      case: 'TCGA-2F-A9KO',
      slide: 'TCGA-2F-A9KO-01Z-00-DX1.195576CF-B739-4BD9-B15B-4A70AE287D3E',
      time: 24.11,
      event: 1,
    });
  });

  it('the cohort', async () => {
    const table = await readLabelTable(resolve(shared, 'data/cohort/labels.csv'));
    expect([table.classes, sizes(folds(table)[0])]).toEqual([
      ['normal', 'tumor'],
      [24, 4, 12],
    ]);
  });
});
