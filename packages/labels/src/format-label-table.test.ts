import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type FormattedLabels, formatLabelTable, type LabelSystem, type LabelTableOptions, parseLabelTable, readCsv } from './index.js';

/** Rows by column name, so that the order of columns does not count; numbers by value. */
function content(text: string): unknown {
  const [header, ...rows] = readCsv(text, 'table.csv');
  const value = (field: string): string | number => (field !== '' && Number.isFinite(Number(field)) ? Number(field) : field);
  return rows.map(({ fields }) => Object.fromEntries((header?.fields ?? []).map((name, i) => [name, value(fields[i] ?? '')])));
}

function thereAndBack(text: string, system: LabelSystem, options: LabelTableOptions = {}, target?: string): FormattedLabels {
  const table = parseLabelTable(text, { ...options, keepColumns: true });
  const [ours] = formatLabelTable(table, 'slidestream').files;
  return formatLabelTable(parseLabelTable(ours?.text ?? '', { keepColumns: true, repeats: options.repeats }), system, target);
}

const tables: readonly (readonly [LabelSystem, string, string, LabelTableOptions?, string?])[] = [
  ['reference', 'split', 'case,slide,label,fold\nP1,S1,IDC,train\nP2,S2,ILC,val\nP3,"S,3",ILC,test\n'],
  [
    'reference',
    'survival',
    'Study,ID,Event,Status,WSI,RNA,Label,Split\nBRCA,P1,14.03,0,a.pt;b.pt,P1.csv,0,train\nBRCA,P2,17.5,1,c.pt,P2.csv,3,test\n',
  ],
  ['clam', 'subtypes', 'case_id,slide_id,label\npatient_0,slide_0,subtype_1\npatient_1,slide_1,subtype_3\n'],
  [
    'clam',
    'MCAT',
    'case_id,slide_id,site,is_female,oncotree_code,age,survival_months,censorship,train\nA,a.1F.svs,2F,0,BLCA,63,24.11,0,1.0\nB,b.svs,2F,1,BLCA,66,11.96,1,1.0\n',
  ],
  ['slideflow', 'subtype', 'patient,subtype,site,slide\nP1,adeno,Site-28,P1-01Z\nP2,squamous,Site-124,P2-01Z\n', {}, 'subtype'],
  ['nnmil', 'labels', 'slide_id,patient_id,split,label\nS1,P1,train,a\nS2,P2,test,b\n'],
  ['nnmil', 'survival', 'slide_id,patient_id,split,event,time\nS1,P1,train,1,3.5\nS2,P2,test,0,8\n'],
  ['patho-bench', 'folds', 'case_id,slide_id,grade,fold_0,fold_1\nP1,S1,1,train,test\nP2,S2,2,test,train\n', { fold: 0 }, 'grade'],
  [
    'mil-baseline',
    'split table',
    'train_slide_path,train_slide_label,val_slide_path,val_slide_label,test_slide_path,test_slide_label\n/f/a.pt,0,/f/c.pt,1,/f/d.pt,0\n/f/b.pt,1,,,,\n',
  ],
];

describe('a table of another system comes back equal through ours', () => {
  for (const [system, name, text, options, target] of tables) {
    test(`${system}, ${name}`, () => {
      const { files } = thereAndBack(text, system, options, target);
      expect(content(files[0]?.text ?? '')).toEqual(content(text));
    });
  }

  test('STAMP, in its two tables', () => {
    const clini = 'PATIENT,isMSIH,AGE\nP1,MSIH,61\nP2,nonMSIH,70\n';
    const slides = 'PATIENT,FILENAME\nP1,P1-A.h5\nP1,P1-B.h5\nP2,P2-A.h5\n';
    const options = { labelColumn: 'isMSIH', slideTable: { text: slides, source: 'slides.csv' } };
    const { files } = thereAndBack(clini, 'stamp', options, 'isMSIH');
    expect(files.map(({ name, text }) => [name, content(text)])).toEqual([
      ['clini.csv', content(clini)],
      ['slides.csv', content(slides)],
    ]);
  });

  const shared = resolve(import.meta.dirname, '../../../../shared/labels');
  const real: readonly (readonly [LabelSystem, string, LabelTableOptions?, string?])[] = [
    ['reference', 'panda.csv'],
    ['reference', 'subtyping_tcga_brca.csv'],
    ['reference', 'subtyping_tcga_brca_resample.csv', { repeats: 'keep' }],
    ['reference', 'survival_tcga_brca_3fold/fold_1.csv'],
    ['clam', 'clam_tumor_subtyping_dummy.csv'],
    ['clam', 'mcat_tcga_blca_survival.csv'],
    ['slideflow', 'slideflow_tcga_lung_luad_lusc.csv', { labelColumn: 'subtype' }, 'subtype'],
  ];
  if (!existsSync(shared)) process.stderr.write('skipped: label tables of the field, ../shared is absent\n');
  for (const [system, name, options, target] of real) {
    test.skipIf(!existsSync(shared))(`${system}, the real ${name}`, () => {
      const text = readFileSync(resolve(shared, name), 'utf8');
      expect(content(thereAndBack(text, system, options, target).files[0]?.text ?? '')).toEqual(content(text));
    });
  }
});

test('what a system has no column for is said', () => {
  const table = parseLabelTable('case,slide,label,split\nP1,S1,a,train\nP2,S2,b,test\n');
  expect(formatLabelTable(table, 'clam').leftOut).toEqual(['split']);
  expect(formatLabelTable(table, 'nnmil').leftOut).toEqual([]);
});

test('a case of two labels is no line of a table by case', () => {
  const table = parseLabelTable('case,slide,label\nP1,S1,a\nP1,S2,b\n');
  expect(() => formatLabelTable(table, 'stamp')).toThrow(expect.objectContaining({ code: 'labels/conflict' }));
});

test('a slide in no split cannot be in a table of splits', () => {
  const table = parseLabelTable('case,slide,label\nP1,S1,a\n');
  expect(() => formatLabelTable(table, 'mil-baseline')).toThrow(expect.objectContaining({ code: 'labels/missing-value' }));
});
