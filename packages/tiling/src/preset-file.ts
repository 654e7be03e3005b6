import { readFile } from 'node:fs/promises';
import { SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { parseTable } from './csv-table.js';

/** The fields of a preset CSV: a header of parameter names and one row. @throws SlidestreamError `tiling/bad-table`, `io/*` */
export async function readPresetFile(path: string): Promise<Readonly<Record<string, string>>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw ioError(error, path);
  }
  const rows = parseTable(text, path);
  const [row] = rows;
  if (row === undefined || rows.length > 1) {
    throw new SlidestreamError({
      code: 'tiling/bad-table',
      category: 'usage',
      message: `a preset has a header and one row, this file has ${rows.length} rows`,
      where: { file: path },
    });
  }
  return row.fields;
}
