import type { Columns } from './columns.js';
import { labelError } from './label-error.js';
import type { LabelRow, SplitName } from './label-table.js';
import type { CsvRecord } from './read-csv.js';
import { slideIdOf } from './slide-id.js';

/** What {@link parseRow} needs to know of the table. */
export interface RowContext {
  readonly header: readonly string[];
  readonly columns: Columns;
  readonly source: string;
  /** Keep what has no role. */
  readonly keepColumns?: boolean | undefined;
  /** Slides of each case from a second table. */
  readonly slidesOf: ReadonlyMap<string, readonly string[]> | undefined;
}

const SPLITS: Readonly<Record<string, SplitName>> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  test: 'test',
  testing: 'test',
};
const EVENTS: Readonly<Record<string, 0 | 1>> = {
  '1': 1,
  true: 1,
  dead: 1,
  deceased: 1,
  '1:deceased': 1,
  '0': 0,
  false: 0,
  alive: 0,
  living: 0,
  '0:living': 0,
};

/**
 * The rows of one record: one a slide, as a case's record may list several slides with `;` between them.
 *
 * @throws SlidestreamError `labels/missing-value`, `labels/bad-value` with file, line and column
 */
export function parseRow(record: CsvRecord, context: RowContext): LabelRow[] {
  const { columns, header, source, slidesOf } = context;
  const place = (column: string) => ({ file: source, line: record.line, column: record.columnOf(header.indexOf(column)) });
  const optional = (column: string | undefined): string | undefined => {
    const text = column === undefined ? undefined : record.fields[header.indexOf(column)]?.trim();
    return text === undefined || text === '' || /^(na|nan|null|none|n\/a)$/i.test(text) ? undefined : text;
  };
  const required = (column: string): string => {
    const text = optional(column);
    if (text === undefined)
      throw labelError('missing-value', `no ${column}`, place(column), 'Fill it in, or leave such rows out with missing: drop');
    return text;
  };
  const bad = (column: string, what: string) => labelError('bad-value', `${column} "${optional(column)}" ${what}`, place(column));
  const number = (column: string): number => {
    const value = Number(required(column));
    if (!Number.isFinite(value)) throw bad(column, 'is no number');
    return value;
  };
  const event = (column: string, inverted: boolean): 0 | 1 => {
    const value = EVENTS[required(column).toLowerCase().replace(/\.0+$/, '').replace(/\s/g, '')];
    if (value === undefined) throw bad(column, 'is neither 0 nor 1');
    return inverted ? (value === 1 ? 0 : 1) : value;
  };
  const survival = columns.time !== undefined;
  const label = survival ? (optional(columns.label) ?? '') : required(columns.label as string);
  const split = columns.split === undefined ? undefined : optional(columns.split);
  const splitName = split === undefined ? undefined : SPLITS[split.toLowerCase()];
  if (split !== undefined && splitName === undefined && !/^\d+(\.0+)?$/.test(split)) {
    throw bad(columns.split as string, 'is none of train, val, test and no fold number');
  }
  const outcome = survival
    ? {
        time: number(columns.time as string),
        event: columns.event === undefined ? event(columns.censored as string, true) : event(columns.event, false),
      }
    : {};
  if (outcome.time !== undefined && outcome.time < 0) throw bad(columns.time as string, 'is negative');
  const listed = required(columns.slide as string);
  const caseId = columns.case === undefined ? undefined : required(columns.case);
  const slides = slidesOf === undefined ? listed.split(';') : (slidesOf.get(caseId ?? listed) ?? []);
  if (slides.length === 0)
    throw labelError('missing-value', `case ${caseId ?? listed} has no slide in the slide table`, place(columns.slide as string));
  const { [SLIDE_FILE]: file, ...other } = context.keepColumns === true ? othersOf(record, context) : {};
  return slides.map((name) => {
    const slide = slideIdOf(name.trim());
    const slideFile = context.keepColumns !== true ? undefined : file !== undefined && file !== '' ? file : name.trim();
    if (slide === '') throw labelError('missing-value', 'an empty slide id', place(columns.slide as string));
    return {
      case: caseId ?? slide,
      slide,
      label,
      ...(splitName === undefined ? {} : { split: splitName }),
      ...(split === undefined || splitName !== undefined ? {} : { fold: Number(split) }),
      ...outcome,
      line: record.line,
      ...(slideFile === undefined || slideFile === slide ? {} : { slideFile }),
      ...(Object.keys(other).length === 0 ? {} : { other }),
    };
  });
}

/** Column of our own tables that keeps a slide's file as another system names it. */
export const SLIDE_FILE = 'slide_file';

function othersOf(record: CsvRecord, { header, columns }: RowContext): Record<string, string> {
  const used = new Set(Object.values(columns));
  return Object.fromEntries(header.flatMap((name, index) => (used.has(name) ? [] : [[name, record.fields[index] ?? '']])));
}
