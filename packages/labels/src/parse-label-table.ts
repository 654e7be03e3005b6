import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import { classOrder } from './class-order.js';
import { type Columns, findColumns } from './columns.js';
import { labelError } from './label-error.js';
import type { DroppedRow, LabelRow, LabelTable } from './label-table.js';
import { longForm } from './long-form.js';
import { parseRow, type RowContext } from './parse-row.js';
import { type CsvRecord, readCsv } from './read-csv.js';

/** How a label table is read. */
export interface LabelTableOptions {
  /** Name of the table in messages; the path when read from a file. */
  readonly source?: string | undefined;
  /** Which column is what, where names alone do not say. */
  readonly columns?: Columns | undefined;
  /** Short for `columns.label`. */
  readonly labelColumn?: string | undefined;
  /** What the table must hold; by default survival when it has times, else labels. */
  readonly task?: 'classification' | 'survival' | undefined;
  /** Classes in the order of their indices; a label outside of it is refused. */
  readonly classes?: readonly string[] | undefined;
  /** Rows without a label (or time and event): refused (default), or left out and listed in `dropped`. */
  readonly missing?: 'refuse' | 'drop' | undefined;
  /** A slide that is listed twice with the same content: refused (default), or kept (a resampled training list). */
  readonly repeats?: 'refuse' | 'keep' | undefined;
  /** Which of the columns `fold_0`, `fold_1`, … holds the split (Patho-Bench). */
  readonly fold?: number | undefined;
  /** Keep columns that have no role, and files of slides as written, so that the table can be written for its system again. */
  readonly keepColumns?: boolean | undefined;
  /** A second table that lists the slides of each case (STAMP). */
  readonly slideTable?: { readonly text: string; readonly source: string } | undefined;
}

/**
 * Reads a label table from text; see `readLabelTable`.
 *
 * @throws SlidestreamError `labels/not-a-table`, `labels/unknown-columns`, `labels/ambiguous-label`, `labels/missing-value`,
 * `labels/bad-value`, `labels/duplicate-slide`, `labels/conflict`, `labels/unknown-class`, `labels/empty`
 */
export function parseLabelTable(text: string, options: LabelTableOptions = {}): LabelTable {
  const source = options.source ?? 'labels';
  const [header, ...records] = longForm(readCsv(text, source));
  if (header === undefined || records.length === 0) throw labelError('empty', 'the table has no rows', { file: source });
  checkHeader(header, source);
  const told = options.labelColumn === undefined ? (options.columns ?? {}) : { ...options.columns, label: options.labelColumn };
  const columns = findColumns(header.fields, told, source, { fold: options.fold, task: options.task });
  const context: RowContext = {
    header: header.fields,
    columns,
    source,
    slidesOf: slidesOf(options.slideTable),
    keepColumns: options.keepColumns,
  };
  const rows: LabelRow[] = [];
  const dropped: DroppedRow[] = [];
  for (const record of records) {
    try {
      rows.push(...parseRow(record, context));
    } catch (error) {
      if (options.missing !== 'drop' || !isSlidestreamError(error, 'labels/missing-value')) throw error;
      const slide = record.fields[header.fields.indexOf(columns.slide as string)] ?? '';
      dropped.push({ line: record.line, slide, reason: error.what });
    }
  }
  if (rows.length === 0) throw labelError('empty', 'no row is left', { file: source });
  checkDuplicates(rows, source, options.repeats ?? 'refuse');
  const task = columns.time === undefined ? 'classification' : 'survival';
  if (task === 'survival') checkOutcomes(rows, source);
  const labels = rows.map((row) => row.label).filter((label) => label !== '');
  return { source, task, rows, classes: named(source, () => classOrder(labels, options.classes)), dropped, columns };
}

function checkHeader({ fields }: CsvRecord, file: string): void {
  const seen = new Set<string>();
  for (const name of fields) {
    if (name !== '' && seen.has(name)) throw labelError('not-a-table', `column "${name}" occurs twice`, { file, line: 1 });
    seen.add(name);
  }
}

function slidesOf(slideTable: LabelTableOptions['slideTable']): RowContext['slidesOf'] {
  if (slideTable === undefined) return undefined;
  const [header, ...records] = readCsv(slideTable.text, slideTable.source);
  const columns = findColumns(header?.fields ?? [], {}, slideTable.source, { task: 'none' });
  if (columns.case === undefined) throw labelError('unknown-columns', 'no column holds cases', { file: slideTable.source, line: 1 });
  const caseAt = header?.fields.indexOf(columns.case) as number;
  const slideAt = header?.fields.indexOf(columns.slide as string) as number;
  const slides = new Map<string, string[]>();
  for (const { fields } of records) {
    const own = slides.get(fields[caseAt] as string);
    if (own === undefined) slides.set(fields[caseAt] as string, [fields[slideAt] as string]);
    else own.push(fields[slideAt] as string);
  }
  return slides;
}

function checkDuplicates(rows: readonly LabelRow[], file: string, repeats: 'refuse' | 'keep'): void {
  const first = new Map<string, LabelRow>();
  for (const row of rows) {
    const before = first.get(row.slide);
    if (before === undefined) {
      first.set(row.slide, row);
      continue;
    }
    const same = before.case === row.case && before.label === row.label && before.split === row.split && before.fold === row.fold;
    if (same && repeats === 'keep') continue;
    const message = same
      ? `slide ${row.slide} is listed before, on line ${before.line}`
      : `slide ${row.slide} is listed otherwise on line ${before.line}`;
    const hint = same ? 'Remove one of them, or keep repeats on purpose with the option repeats: keep' : 'Make the two lines agree';
    throw labelError(same ? 'duplicate-slide' : 'conflict', message, { file, line: row.line, column: 1 }, hint);
  }
}

function checkOutcomes(rows: readonly LabelRow[], file: string): void {
  const first = new Map<string, LabelRow>();
  for (const row of rows) {
    const before = first.get(row.case) ?? row;
    first.set(row.case, before);
    if (before.time !== row.time || before.event !== row.event) {
      throw labelError('conflict', `case ${row.case} has another time or event on line ${before.line}`, {
        file,
        line: row.line,
        column: 1,
      });
    }
  }
}

function named<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!isSlidestreamError(error)) throw error;
    throw new SlidestreamError({ code: error.code, category: error.category, message: error.what, where: { file }, hint: error.hint });
  }
}
