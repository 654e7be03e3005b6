import { SlidestreamError } from '@slidestream/core';
import { parseTable } from './csv-table.js';

/** A slide's pixel size as a table gives it. */
export interface PixelSizeRow {
  /** Name as in the table, with or without folder and extension. */
  readonly slide: string;
  /** Level-0 µm/px. */
  readonly mpp: number;
  readonly line: number;
}

/** Columns that name the slide: ours, CLAM's, and TRIDENT's and AtlasPatch's. */
const SLIDE_COLUMNS = ['slide', 'slide_id', 'wsi'];

/**
 * Reads pixel sizes from a CSV: `slide,mpp`, or `wsi,mpp` as AtlasPatch and TRIDENT have them; other columns are left alone, rows
 * without an mpp say nothing.
 *
 * @throws SlidestreamError `tiling/bad-table` with file and line
 */
export function parsePixelSizes(text: string, file: string): PixelSizeRow[] {
  const rows = parseTable(text, file);
  const names = Object.keys(rows[0]?.fields ?? {});
  const column = SLIDE_COLUMNS.find((name) => names.includes(name));
  if (rows.length > 0 && (column === undefined || !names.includes('mpp'))) {
    throw bad(`a table of pixel sizes needs the columns ${SLIDE_COLUMNS.join(' or ')}, and mpp`, { file, line: 1 });
  }
  const lines = new Map<string, number>();
  return rows.flatMap(({ fields, line }) => {
    const slide = (fields[column as string] ?? '').trim();
    const text = (fields.mpp ?? '').trim();
    if (slide === '') throw bad('this row names no slide', { file, line });
    const before = lines.get(slide);
    if (before !== undefined) throw bad(`${slide} is listed twice, first in line ${before}`, { file, line });
    lines.set(slide, line);
    if (text === '') return [];
    const mpp = Number(text);
    if (!(mpp > 0 && Number.isFinite(mpp))) throw bad(`mpp must be a positive number, got "${text}"`, { file, line });
    return [{ slide, mpp, line }];
  });
}

function bad(message: string, where: { file: string; line: number }): SlidestreamError {
  return new SlidestreamError({ code: 'tiling/bad-table', category: 'usage', message, where });
}
