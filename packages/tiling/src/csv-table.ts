import { SlidestreamError } from '@slidestream/core';
import { parse } from 'csv-parse/sync';

/** A row of a table with a header, and where it is. */
export interface TableRow {
  readonly fields: Readonly<Record<string, string>>;
  /** 1-based line of the file. */
  readonly line: number;
}

/** Largest table that is read: a process list of 100,000 slides is about 10 MB. */
const MAX_CHARACTERS = 256e6;

/** Rows of a CSV text with a header line. @throws SlidestreamError `tiling/bad-table` */
export function parseTable(text: string, file: string): TableRow[] {
  if (text.length > MAX_CHARACTERS) throw badTable(`the table is larger than ${MAX_CHARACTERS / 1e6} MB`, file);
  try {
    const rows = parse(text, { columns: true, bom: true, skip_empty_lines: true, info: true, relax_column_count: false }) as unknown as {
      record: Record<string, string>;
      info: { lines: number };
    }[];
    return rows.map(({ record, info }) => ({ fields: record, line: info.lines }));
  } catch (error) {
    throw badTable(error instanceof Error ? error.message : String(error), file, (error as { lines?: number }).lines);
  }
}

/** One line of CSV; fields with commas, quotes or line breaks are quoted. */
export function formatRow(fields: readonly string[]): string {
  return fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',');
}

function badTable(message: string, file: string, line?: number): SlidestreamError {
  return new SlidestreamError({
    code: 'tiling/bad-table',
    category: 'usage',
    message: `not a usable table: ${message}`,
    where: { file, line },
  });
}
