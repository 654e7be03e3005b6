import { SlidestreamError } from '@slidestream/core';
import { type CsvRecord, readCsv } from '@slidestream/labels';
import { csvLine } from './predictions-csv.js';

/** Which cases a prediction belongs to. */
export type PredictionSplit = 'train' | 'val' | 'test' | 'predict';

/** What every row of `predictions.csv` says. */
interface PredictionPlace {
  readonly fold: number;
  readonly split: PredictionSplit;
  readonly case: string;
  readonly slide: string;
}

/** A classified slide. */
export interface ClassificationPrediction extends PredictionPlace {
  /** True class; `null` where it is not known. */
  readonly label: string | null;
  /** Most probable class. */
  readonly prediction: string;
  /** In the order of the table's classes, [classes]. */
  readonly probabilities: readonly number[];
}

/** A slide or case with a risk. */
export interface SurvivalPrediction extends PredictionPlace {
  /** `null` where it is not known. */
  readonly time: number | null;
  /** 1 event observed, 0 censored; `null` where it is not known. */
  readonly event: 0 | 1 | null;
  /** Higher = earlier event expected. */
  readonly risk: number;
}

/** The rows of `predictions.csv`. */
export type PredictionTable =
  | { readonly task: 'classification'; readonly classes: readonly string[]; readonly rows: readonly ClassificationPrediction[] }
  | { readonly task: 'survival'; readonly rows: readonly SurvivalPrediction[] };

const PLACE = ['fold', 'split', 'case', 'slide'];
const SPLITS: readonly string[] = ['train', 'val', 'test', 'predict'];

/** The text of `predictions.csv`: `fold,split,case,slide`, then `label,prediction,p_<class>…` or `time,event,risk`. */
export function formatPredictions(table: PredictionTable): string {
  const place = (row: PredictionPlace): (string | number)[] => [row.fold, row.split, row.case, row.slide];
  if (table.task === 'survival') {
    const lines = table.rows.map((row) => csvLine([...place(row), row.time, row.event, row.risk]));
    return [csvLine([...PLACE, 'time', 'event', 'risk']), ...lines].join('');
  }
  const header = [...PLACE, 'label', 'prediction', ...table.classes.map((name) => `p_${name}`)];
  const lines = table.rows.map((row) => {
    if (row.probabilities.length !== table.classes.length) {
      throw internal(`slide ${row.slide} has ${row.probabilities.length} probabilities for ${table.classes.length} classes`);
    }
    return csvLine([...place(row), row.label, row.prediction, ...row.probabilities]);
  });
  return [csvLine(header), ...lines].join('');
}

/**
 * Reads the text of a `predictions.csv`.
 *
 * @throws SlidestreamError `labels/not-a-table`, `run/bad-predictions` with file, line and column
 */
export function parsePredictions(text: string, file = 'predictions.csv'): PredictionTable {
  const [header, ...records] = readCsv(text, file);
  const names = header?.fields ?? [];
  if (PLACE.some((name, i) => names[i] !== name)) throw bad({ file, line: 1 }, `the first columns are ${names.slice(0, 4).join(', ')}`);
  const reader = (record: CsvRecord) => new RowReader(record, file);
  if (names.slice(4).join() === 'time,event,risk') {
    return { task: 'survival', rows: records.map((record) => survivalRow(reader(record))) };
  }
  const classes = names.slice(6).map((name) => name.replace(/^p_/, ''));
  if (names[4] !== 'label' || names[5] !== 'prediction' || names.slice(6).some((name) => !name.startsWith('p_'))) {
    throw bad({ file, line: 1 }, 'the columns are neither label, prediction, p_… nor time, event, risk');
  }
  return { task: 'classification', classes, rows: records.map((record) => classificationRow(reader(record), classes)) };
}

function classificationRow(row: RowReader, classes: readonly string[]): ClassificationPrediction {
  const label = row.text(4) === '' ? null : row.oneOf(4, classes);
  const prediction = row.oneOf(5, classes);
  return { ...row.place(), label, prediction, probabilities: classes.map((_, k) => row.number(6 + k)) };
}

function survivalRow(row: RowReader): SurvivalPrediction {
  const event = row.text(5) === '' ? null : (Number(row.oneOf(5, ['0', '1'])) as 0 | 1);
  return { ...row.place(), time: row.text(4) === '' ? null : row.number(4), event, risk: row.number(6) };
}

/** Typed access to the fields of one record. */
class RowReader {
  readonly #record: CsvRecord;
  readonly #file: string;

  constructor(record: CsvRecord, file: string) {
    this.#record = record;
    this.#file = file;
  }

  text(index: number): string {
    return this.#record.fields[index] ?? '';
  }

  number(index: number): number {
    const value = Number(this.text(index));
    if (this.text(index) === '' || Number.isNaN(value)) throw this.#bad(index, 'is no number');
    return value;
  }

  oneOf(index: number, choices: readonly string[]): string {
    if (!choices.includes(this.text(index))) throw this.#bad(index, `is none of ${choices.join(', ')}`);
    return this.text(index);
  }

  place(): PredictionPlace {
    const split = this.oneOf(1, SPLITS) as PredictionSplit;
    return { fold: this.number(0), split, case: this.text(2), slide: this.text(3) };
  }

  #bad(index: number, what: string): SlidestreamError {
    const place = { file: this.#file, line: this.#record.line, column: this.#record.columnOf(index) };
    return bad(place, `"${this.text(index)}" ${what}`);
  }
}

function bad(where: { file: string; line: number; column?: number }, message: string): SlidestreamError {
  return new SlidestreamError({ code: 'run/bad-predictions', category: 'data', message, where });
}

function internal(message: string): SlidestreamError {
  return new SlidestreamError({ code: 'run/bad-predictions', category: 'internal', message });
}
