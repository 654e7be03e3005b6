import { readFile } from 'node:fs/promises';
import { ioError } from '@slidestream/core/node';
import type { LabelTable } from './label-table.js';
import { type LabelTableOptions, parseLabelTable } from './parse-label-table.js';

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
export async function readLabelTable(path: string, options: LabelTableOptions = {}): Promise<LabelTable> {
  const text = await readText(path);
  if (options.slideTable === undefined || typeof options.slideTable !== 'string')
    return parseLabelTable(text, { source: path, ...options });
  const slideTable = { text: await readText(options.slideTable), source: options.slideTable };
  return parseLabelTable(text, { source: path, ...options, slideTable });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw ioError(error, path);
  }
}
