import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type ErrorPlace, SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { type CsvRecord, classOrder, type LabelRow, type LabelTable, readCsv } from '@slidestream/labels';
import type { SlideFeatures } from './feature-batches.js';

/** Bags of one table: what they hold and what they are called. */
export interface BagTable {
  /** One row a bag, in order of first appearance. */
  readonly labels: LabelTable;
  /** D. */
  readonly width: number;
  readonly features: ReadonlyMap<string, SlideFeatures>;
}

/** Most bytes of text after unpacking. */
const MOST_BYTES = 64 * 2 ** 20;

/**
 * Reads a CSV (or `.csv.gz`) of instances, `bag,label,f0,f1,…`: one row an instance, rows of a bag anywhere.
 *
 * @param classes - class names in order of class index; sorted when absent
 * @throws SlidestreamError `pipelines/bad-bags` with line and column, `labels/not-a-table`, `io/*`
 */
export async function readBagTable(path: string, classes?: readonly string[]): Promise<BagTable> {
  const [header, ...records] = readCsv(await readText(path), path);
  const [bagColumn, labelColumn] = header?.fields ?? [];
  if (header === undefined || bagColumn !== 'bag' || labelColumn !== 'label' || header.fields.length < 3) {
    throw badBags('the columns must be bag, label and then the features', { file: path, line: 1 });
  }
  if (records.length === 0) throw badBags('holds no instances', { file: path });
  const width = header.fields.length - 2;
  const byBag = new Map<string, CsvRecord[]>();
  for (const record of records) {
    const bag = record.fields[0] as string;
    const own = byBag.get(bag);
    if (own === undefined) byBag.set(bag, [record]);
    else own.push(record);
  }
  const rows = [...byBag].map(([bag, own]) => labelRow(bag, own, path));
  const found = classOrder(rows.map(({ label }) => label));
  const unknown = classes === undefined ? undefined : rows.find(({ label }) => !classes.includes(label));
  if (unknown !== undefined) throw badBags(`"${unknown.label}" is not among data.classes`, { file: path, line: unknown.line });
  const features = new Map([...byBag].map(([bag, own]) => [bag, featuresOf(own, width, path)]));
  return {
    labels: {
      source: path,
      task: 'classification',
      rows,
      classes: classes ?? found,
      dropped: [],
      columns: { slide: 'bag', label: 'label' },
    },
    width,
    features,
  };
}

function labelRow(bag: string, records: readonly CsvRecord[], file: string): LabelRow {
  const [first] = records as readonly [CsvRecord];
  const label = first.fields[1] as string;
  if (bag === '' || label === '') throw badBags('bag and label must be there', { file, line: first.line });
  const other = records.find(({ fields }) => fields[1] !== label);
  if (other !== undefined) throw badBags(`bag ${bag} has label "${label}" and "${other.fields[1]}"`, { file, line: other.line, column: 1 });
  return { case: bag, slide: bag, label, line: first.line };
}

function featuresOf(records: readonly CsvRecord[], width: number, file: string): SlideFeatures {
  const data = new Float32Array(records.length * width);
  for (const [row, { fields, line, columnOf }] of records.entries()) {
    for (let i = 0; i < width; i++) {
      const text = fields[i + 2] as string;
      const value = text === '' ? Number.NaN : Number(text);
      if (!Number.isFinite(value)) throw badBags(`"${text}" is no finite number`, { file, line, column: columnOf(i + 2) });
      data[row * width + i] = value;
    }
  }
  return { data, instances: records.length, width };
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw ioError(error, path);
  });
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes.toString('utf8');
  try {
    return (await promisify(gunzip)(bytes, { maxOutputLength: MOST_BYTES })).toString('utf8');
  } catch (cause) {
    throw badBags(`cannot be unpacked, or is over ${MOST_BYTES / 2 ** 20} MiB unpacked`, { file: path }, cause);
  }
}

function badBags(message: string, where: ErrorPlace, cause?: unknown): SlidestreamError {
  return new SlidestreamError({
    code: 'pipelines/bad-bags',
    category: 'data',
    message,
    where,
    hint: 'One instance a row: bag,label,f0,f1,…',
    cause,
  });
}
