import { SlidestreamError } from '@slidestream/core';
import { formatRow, parseTable } from './csv-table.js';
import { formatParameterFields, parameterColumns, parseParameterFields } from './parameter-fields.js';
import type { TilingParameters } from './types.js';

/**
 * State of a slide in CLAM's words: `tbp` (to be processed), `processed`, `already_exist`, `failed_seg` (segmentation level too large),
 * or the code of what went wrong.
 */
export type ProcessStatus = string;

/** A slide as a process list asks for it: blank fields are left to the defaults. */
export interface ProcessRequest {
  /** File name as in the list, with or without folder. */
  readonly slideId: string;
  /** Whether the slide is to be worked on: CLAM's `process` 1 or 0. */
  readonly process: boolean;
  readonly status: ProcessStatus | undefined;
  /** Preset that this slide starts from; a column of ours. */
  readonly preset: string | undefined;
  readonly parameters: Partial<TilingParameters>;
  /** Pixel size for slides that do not say theirs; a column of ours. */
  readonly mpp: number | undefined;
  readonly line: number;
}

/** A slide as the written process list shows it. */
export interface ProcessRecord {
  readonly slideId: string;
  readonly process: boolean;
  readonly status: ProcessStatus;
  readonly parameters: TilingParameters;
}

/** Columns of `process_list_autogen.csv` in CLAM's order. */
export const processColumns: readonly string[] = ['slide_id', 'process', 'status', ...parameterColumns];

/**
 * Reads a process list: CLAM's `process_list_autogen.csv`, edited or not, or any table with `slide_id` and some parameters.
 *
 * @throws SlidestreamError `tiling/bad-table`, `tiling/bad-parameter` with file and line
 */
export function parseProcessList(text: string, file: string): ProcessRequest[] {
  const seen = new Map<string, number>();
  return parseTable(text, file).map(({ fields, line }) => {
    const { slide_id: slideId = '', process = '', status, mpp = '', preset = '', ...rest } = fields;
    const where = { file, line };
    if (slideId.trim() === '') throw badTable('slide_id is missing', where);
    const before = seen.get(slideId);
    if (before !== undefined) throw badTable(`${slideId} is listed twice, first in line ${before}`, where);
    seen.set(slideId, line);
    // pandas adds a column for its index when it is not told otherwise.
    const parameters = Object.fromEntries(Object.entries(rest).filter(([key]) => key !== '' && !key.startsWith('Unnamed')));
    return {
      slideId: slideId.trim(),
      process: parseProcess(process.trim(), where),
      status: status === '' ? undefined : status,
      preset: preset.trim() === '' ? undefined : preset.trim(),
      parameters: parseParameterFields(parameters, where),
      mpp: parseMpp(mpp.trim(), where),
      line,
    };
  });
}

/** The text of `process_list_autogen.csv`: CLAM's columns, and `method` where a slide was segmented in another way than CLAM's. */
export function formatProcessList(records: readonly ProcessRecord[]): string {
  const ours = records.some(({ parameters }) => (parameters.method ?? 'saturation') !== 'saturation');
  const lines = records.map(({ slideId, process, status, parameters }) => {
    const fields = formatParameterFields(parameters);
    const cells = [slideId, process ? '1' : '0', status, ...parameterColumns.map((key) => fields[key])];
    return formatRow(ours ? [...cells, parameters.method ?? 'saturation'] : cells);
  });
  return `${[formatRow(ours ? [...processColumns, 'method'] : processColumns), ...lines].join('\n')}\n`;
}

function parseProcess(text: string, where: { file: string; line: number }): boolean {
  if (text === '') return true;
  const value = Number(text);
  if (value === 0 || value === 1) return value === 1;
  throw badTable(`process must be 0 or 1, got "${text}"`, where);
}

function parseMpp(text: string, where: { file: string; line: number }): number | undefined {
  if (text === '') return undefined;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw badTable(`mpp must be a positive number, got "${text}"`, where);
}

function badTable(message: string, where: { file: string; line: number }): SlidestreamError {
  return new SlidestreamError({ code: 'tiling/bad-table', category: 'usage', message, where });
}
