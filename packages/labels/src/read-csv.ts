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

const LARGEST_CHARACTERS = 256 * 2 ** 20;

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
    throw labelError('not-a-table', text.includes('\0') ? 'holds NUL characters, so it is no UTF-8 text' : 'is over 256 MiB', { file });
  }
  let parsed: { record: string[]; info: { lines: number }; raw: string }[];
  const delimiter = delimiterOf(text);
  try {
    parsed = parse(text, {
      bom: true,
      delimiter,
      info: true,
      raw: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    }) as never;
  } catch (error) {
    const { lines, column, message } = error as { lines?: number; column?: number; message: string };
    throw labelError('not-a-table', message, { file, line: lines, column: typeof column === 'number' ? column + 1 : undefined });
  }
  const width = parsed[0]?.record.length ?? 0;
  return parsed.map(({ record, info, raw }) => {
    const trailing = /(\r?\n)*$/.exec(raw)?.[0] ?? '';
    const body = raw.slice(0, raw.length - trailing.length);
    const within = body.split('\n').length - 1;
    const line = info.lines - within;
    if (record.length !== width) {
      const message = `${record.length} fields where the first line has ${width}`;
      throw labelError('not-a-table', message, { file, line, column: 1 }, 'Quote fields that hold the delimiter');
    }
    return { fields: record, line, columnOf: (index) => fieldStart(body.trimStart(), delimiter, index) };
  });
}

function delimiterOf(text: string): string {
  const first = text.slice(0, (text.indexOf('\n') + 1 || text.length + 1) - 1);
  const counts = [',', '\t', ';'].map((mark) => [first.split(mark).length, mark] as const);
  return counts.reduce((best, next) => (next[0] > best[0] ? next : best))[1];
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
