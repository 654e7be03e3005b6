import { readFile } from 'node:fs/promises';
import { ioError } from '@slidestream/core/node';
import type { LabelTable } from './label-table.js';
import { type LabelTableOptions, parseLabelTable } from './parse-label-table.js';

/** How a label table file is read. */
export interface ReadLabelTableOptions extends Omit<LabelTableOptions, 'slideTable'> {
  /** Path of a second table that lists the slides of each case (STAMP). */
  readonly slideTable?: string | undefined;
}

/**
 * Reads a label table from a CSV, TSV or semicolon-separated file: our own columns (`case, slide, label, split`), and as they
 * occur in the field the reference's, CLAM's, MCAT's, STAMP's, slideflow's, nnMIL's, MIL_BASELINE's and Patho-Bench's. Which
 * column is what is found by its name and told in `columns` of the result.
 *
 * @throws SlidestreamError `io/*` when the file cannot be read, `labels/*` with file, line and column otherwise
 * @example
 * ```ts
 * const table = await readLabelTable('labels.csv');
 * table.classes; // ['normal', 'tumor']
 * ```
 */
export async function readLabelTable(path: string, options: ReadLabelTableOptions = {}): Promise<LabelTable> {
  const { slideTable, ...rest } = options;
  const text = await readText(path);
  if (slideTable === undefined) return parseLabelTable(text, { source: path, ...rest });
  return parseLabelTable(text, { source: path, ...rest, slideTable: { text: await readText(slideTable), source: slideTable } });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw ioError(error, path);
  }
}
