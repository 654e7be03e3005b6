import { formatCsv } from './format-csv.js';
import { labelError } from './label-error.js';
import type { LabelRow, LabelTable } from './label-table.js';
import { SLIDE_FILE } from './parse-row.js';

/** Systems whose label tables are written. */
export type LabelSystem = 'slidestream' | 'reference' | 'clam' | 'stamp' | 'slideflow' | 'nnmil' | 'mil-baseline' | 'patho-bench';

/** All of them, in the order of their documentation. */
export const labelSystems: readonly LabelSystem[] = [
  'slidestream',
  'reference',
  'clam',
  'stamp',
  'slideflow',
  'nnmil',
  'mil-baseline',
  'patho-bench',
];

/** A table as another system writes it. */
export interface FormattedLabels {
  /** One file, STAMP: two, whose names say what they are. */
  readonly files: readonly { readonly name: 'labels.csv' | 'clini.csv' | 'slides.csv'; readonly text: string }[];
  /** What the system's table has no column for and is therefore not in it. */
  readonly leftOut: readonly ('split' | 'fold' | 'label' | 'outcome' | 'other columns')[];
}

type Column = readonly [name: string, text: (row: LabelRow) => string];
type Part = 'case' | 'slide' | 'label' | 'split' | 'time' | 'event';

const slideFile = (row: LabelRow): string => row.slideFile ?? row.slide;
const splitOf = (row: LabelRow): string => row.split ?? (row.fold === undefined ? '' : String(row.fold));

/** One column a part, under the system's name for it. */
function columns(names: Partial<Record<Part, string>>, { task, rows }: LabelTable): Column[] {
  const survival = task === 'survival';
  const has: Record<Part, boolean> = {
    case: true,
    slide: true,
    label: !survival || rows.some(({ label }) => label !== ''),
    split: rows.some((row) => splitOf(row) !== ''),
    time: survival,
    event: survival,
  };
  const texts: Record<Part, (row: LabelRow) => string> = {
    case: (row) => row.case,
    slide: slideFile,
    label: ({ label }) => label,
    split: splitOf,
    time: ({ time }) => String(time ?? ''),
    event: ({ event }) => String(event ?? ''),
  };
  return (Object.entries(names) as [Part, string][]).flatMap(([part, name]) => (has[part] ? [[name, texts[part]]] : []));
}

function otherColumns({ rows }: LabelTable, taken: readonly Column[]): Column[] {
  const used = new Set(taken.map(([name]) => name));
  const names = new Set(rows.flatMap(({ other }) => Object.keys(other ?? {})));
  return [...names].filter((name) => !used.has(name)).map((name) => [name, ({ other }) => other?.[name] ?? '']);
}

function textOf(rows: readonly LabelRow[], all: readonly Column[]): string {
  return formatCsv([all.map(([name]) => name), ...rows.map((row) => all.map(([, text]) => text(row)))]);
}

/**
 * Writes a table for another system, under its names of columns; read with `keepColumns`, columns that have no role go along.
 *
 * @param target - name of the label's column where the system has none of its own (STAMP, slideflow, Patho-Bench)
 * @throws SlidestreamError `labels/conflict` when a case has two labels where the system keeps one a case
 *
 * @example
 * ```ts
 * const { files } = formatLabelTable(await readLabelTable('clam.csv', { keepColumns: true }), 'stamp', 'subtype');
 * ```
 */
export function formatLabelTable(table: LabelTable, system: LabelSystem, target = 'label'): FormattedLabels {
  const survival = table.task === 'survival';
  const one = (own: readonly Column[], without: FormattedLabels['leftOut'] = []): FormattedLabels => ({
    files: [{ name: 'labels.csv', text: textOf(table.rows, [...own, ...otherColumns(table, own)]) }],
    leftOut: without.filter((what) => has(table, what)),
  });
  switch (system) {
    case 'reference':
      return survival ? referenceSurvival(table) : one(columns({ case: 'case', slide: 'slide', label: 'label', split: 'fold' }, table));
    case 'clam': {
      const outcome: Column = ['censorship', ({ event }) => (event === 1 ? '0' : '1')];
      const names = columns(
        { case: 'case_id', slide: 'slide_id', label: 'label', ...(survival ? { time: 'survival_months' } : {}) },
        table,
      );
      return one(survival ? [...names, outcome] : names, ['split', 'fold']);
    }
    case 'stamp':
      return stamp(table, target);
    case 'slideflow':
      return one(columns({ case: 'patient', slide: 'slide', label: target, time: 'time', event: 'event' }, table), ['split', 'fold']);
    case 'nnmil':
      return one(columns({ slide: 'slide_id', case: 'patient_id', split: 'split', label: 'label', event: 'event', time: 'time' }, table));
    case 'mil-baseline':
      return milBaseline(table);
    case 'patho-bench':
      return one([
        ...columns({ case: 'case_id', slide: 'slide_id', label: target, time: 'time', event: 'event' }, table),
        ...foldColumns(table),
      ]);
    default: {
      const named: Column = [SLIDE_FILE, slideFile];
      const own = columns({ case: 'case', label: 'label', split: 'split', time: 'time', event: 'event' }, table);
      const ids: Column[] = [own[0] as Column, ['slide', ({ slide }) => slide], ...own.slice(1)];
      return one(table.rows.some((row) => row.slideFile !== undefined) ? [...ids, named] : ids);
    }
  }
}

function has({ rows, task }: LabelTable, what: FormattedLabels['leftOut'][number]): boolean {
  if (what === 'outcome') return task === 'survival';
  if (what === 'other columns') return rows.some(({ other }) => other !== undefined);
  return what === 'label' ? rows.some(({ label }) => label !== '') : rows.some((row) => row[what] !== undefined);
}

/** `fold_k` says train or test: of a numbered fold each number's test set, of a split the one there is. */
function foldColumns({ rows }: LabelTable): Column[] {
  const folds = [...new Set(rows.flatMap(({ fold }) => (fold === undefined ? [] : [fold])))].sort((a, b) => a - b);
  if (folds.length > 0) return folds.map((k) => [`fold_${k}`, ({ fold }) => (fold === k ? 'test' : 'train')]);
  return rows.some(({ split }) => split !== undefined) ? [['fold_0', ({ split }) => split ?? '']] : [];
}

/** Rows of the same case, in the order in which cases come; everything but the slide must agree. */
function byCase(table: LabelTable): readonly (readonly LabelRow[])[] {
  const cases = new Map<string, LabelRow[]>();
  for (const row of table.rows) {
    const rows = cases.get(row.case);
    if (rows === undefined) cases.set(row.case, [row]);
    else {
      const first = rows[0] as LabelRow;
      const differs = (['label', 'time', 'event', 'split', 'fold'] as const).find((key) => first[key] !== row[key]);
      if (differs !== undefined) {
        const place = { file: table.source, line: row.line };
        throw labelError('conflict', `case ${row.case} has two values of ${differs}, and the table has one line a case`, place);
      }
      rows.push(row);
    }
  }
  return [...cases.values()];
}

function referenceSurvival(table: LabelTable): FormattedLabels {
  const own = columns({ case: 'ID', time: 'Event', event: 'Status', slide: 'WSI', label: 'Label', split: 'Split' }, table);
  const rows = byCase(table).map((group): LabelRow => ({ ...(group[0] as LabelRow), slideFile: group.map(slideFile).join(';') }));
  return { files: [{ name: 'labels.csv', text: textOf(rows, [...own, ...otherColumns(table, own)]) }], leftOut: [] };
}

function stamp(table: LabelTable, target: string): FormattedLabels {
  const own = columns({ case: 'PATIENT', label: target, time: 'time', event: 'status' }, table);
  const slides: readonly Column[] = [
    ['PATIENT', (row) => row.case],
    ['FILENAME', ({ slide, slideFile: file }) => file ?? `${slide}.h5`],
  ];
  const cases = byCase(table).map((group) => group[0] as LabelRow);
  return {
    files: [
      { name: 'clini.csv', text: textOf(cases, [...own, ...otherColumns(table, own)]) },
      { name: 'slides.csv', text: textOf(table.rows, slides) },
    ],
    leftOut: (['split', 'fold'] as const).filter((what) => has(table, what)),
  };
}

/** Columns of each part side by side, padded with blanks. */
function milBaseline(table: LabelTable): FormattedLabels {
  const parts = ['train', 'val', 'test'] as const;
  const without = table.rows.find(({ split }) => split === undefined);
  if (without !== undefined)
    throw labelError('missing-value', `slide ${without.slide} is in no split`, { file: table.source, line: without.line });
  const blocks = parts.map((part) => table.rows.filter(({ split }) => split === part));
  const length = Math.max(...blocks.map((rows) => rows.length));
  const lines = Array.from({ length }, (_, i) =>
    blocks.flatMap((rows) => (rows[i] === undefined ? ['', ''] : [slideFile(rows[i]), rows[i].label])),
  );
  const header = parts.flatMap((part) => [`${part}_slide_path`, `${part}_slide_label`]);
  return {
    files: [{ name: 'labels.csv', text: formatCsv([header, ...lines]) }],
    leftOut: (['outcome', 'other columns'] as const).filter((what) => has(table, what)),
  };
}
