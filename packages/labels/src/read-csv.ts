import { parse } from 'csv-parse/sync';
import { labelError } from './label-error.js';

/** One record of a delimited text with where it stands. */
export interface CsvRecord {
  readonly fields: readonly string[];
  /** 1-based line on which the record starts. */
  readonly line: number;
  /** 1-based column at which field `index` starts, on the record's first line. */
  readonly columnOf: (index: number) => number;
}

const LARGEST_CHARACTERS = 64 * 2 ** 20;
const MOST_COLUMNS = 10_000;

/**
 * Reads delimited text whole: comma, tab or semicolon, whichever the first line holds most of. Blank lines are passed over;
 * a record with another number of fields than the first is refused.
 *
 * @throws SlidestreamError `labels/not-a-table` with file, line and column
 */
export function readCsv(text: string, file: string): CsvRecord[] {
  if (text.startsWith('PK')) {
    throw labelError('not-a-table', 'this is a zip file (Excel?), not text', { file }, 'Save the sheet as CSV');
  }
  if (text.includes('\0') || text.length > LARGEST_CHARACTERS) {
    throw labelError('not-a-table', text.includes('\0') ? 'holds NUL characters, so it is no UTF-8 text' : 'is over 64 MiB', { file });
  }
  // csv-parse counts lines and gives raw text right for \n alone.
  const unified = text.replace(/\r\n?/g, '\n');
  const { delimiter, columns } = delimiterOf(unified);
  if (columns > MOST_COLUMNS) throw labelError('not-a-table', `has ${columns} columns, more than ${MOST_COLUMNS}`, { file, line: 1 });
  const records: CsvRecord[] = [];
  let passed = 1;
  for (const { record, raw } of parseRecords(unified, delimiter, file)) {
    const blank = /^(?:[^\S\n]*\n)*/.exec(raw)?.[0] ?? '';
    const line = passed + lineEnds(blank);
    passed += lineEnds(raw);
    const width = records[0]?.fields.length ?? record.length;
    if (record.length !== width) {
      const message = `${record.length} fields where the first line has ${width}`;
      throw labelError('not-a-table', message, { file, line, column: 1 }, 'Quote fields that hold the delimiter');
    }
    records.push({ fields: record, line, columnOf: (index) => fieldStart(raw.slice(blank.length), delimiter, index) });
  }
  return records;
}

function parseRecords(text: string, delimiter: string, file: string): { record: string[]; raw: string }[] {
  try {
    const options = { bom: true, raw: true, relax_column_count: true, skip_empty_lines: true, skip_records_with_empty_values: false };
    return parse(text, { ...options, delimiter, trim: delimiter !== '\t' }) as unknown as { record: string[]; raw: string }[];
  } catch (error) {
    const { lines, column, message } = error as { lines?: number; column?: number; message: string };
    throw labelError('not-a-table', message, { file, line: lines, column: typeof column === 'number' ? column + 1 : undefined });
  }
}

function lineEnds(text: string): number {
  return text.split('\n').length - 1;
}

function delimiterOf(text: string): { delimiter: string; columns: number } {
  const first = text.slice(0, (text.indexOf('\n') + 1 || text.length + 1) - 1);
  const counts = [',', '\t', ';'].map((delimiter) => ({ delimiter, columns: first.split(delimiter).length }));
  return counts.reduce((best, next) => (next.columns > best.columns ? next : best));
}

function fieldStart(raw: string, delimiter: string, index: number): number {
  let quoted = false;
  let passed = 0;
  for (let i = 0; i < raw.length && passed < index; i++) {
    if (raw[i] === '"') quoted = !quoted;
    else if (raw[i] === delimiter && !quoted && ++passed === index) return i + 2;
  }
  return 1;
}
