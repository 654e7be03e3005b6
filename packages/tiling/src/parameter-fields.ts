import { type ErrorPlace, SlidestreamError } from '@slidestream/core';
import { isTissueMethod, methodParameters, tissueMethods } from './tissue-methods.js';
import type { TilingParameters } from './types.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const NUMBERS = ['seg_level', 'sthresh', 'mthresh', 'close', 'a_t', 'a_h', 'max_n_holes', 'vis_level', 'line_thickness'] as const;
const FLAGS = ['use_otsu', 'use_padding'] as const;
const LISTS = ['keep_ids', 'exclude_ids'] as const;

/** Columns of CLAM's tables that steer parts of CLAM which do not exist here. */
const UNUSED: ReadonlySet<string> = new Set(['white_thresh', 'black_thresh']);

/** Every parameter's column name, in the order of CLAM's process list. */
export const parameterColumns = [
  'seg_level',
  'sthresh',
  'mthresh',
  'close',
  'use_otsu',
  'keep_ids',
  'exclude_ids',
  'a_t',
  'a_h',
  'max_n_holes',
  'vis_level',
  'line_thickness',
  'use_padding',
  'contour_fn',
] as const satisfies readonly (keyof TilingParameters)[];

/**
 * The parameters that a CSV row of text fields names; blank fields are left out, so that defaults remain.
 *
 * @throws SlidestreamError `tiling/bad-parameter` for a column that is no parameter or text that is no value
 */
export function parseParameterFields(fields: Readonly<Record<string, string>>, where: ErrorPlace = {}): Partial<TilingParameters> {
  const out: Mutable<Partial<TilingParameters>> = {};
  for (const [key, raw] of Object.entries(fields)) {
    const text = raw.trim();
    if (UNUSED.has(key) || text === '') continue;
    if (isOneOf(NUMBERS, key)) out[key] = parseNumber(key, text, where);
    else if (isOneOf(FLAGS, key)) out[key] = parseFlag(key, text, where);
    else if (isOneOf(LISTS, key)) out[key] = parseIds(key, text, where);
    else if (key === 'method') Object.assign(out, { ...parseMethod(text, where), ...out });
    else if (key === 'contour_fn') out.contour_fn = text as TilingParameters['contour_fn'];
    else throw bad(key, `"${key}" is no tiling parameter`, where, `Parameters are ${parameterColumns.join(', ')}`);
  }
  return out;
}

/** Parameters as the text fields of CLAM's process list: `True`/`False`, areas with a decimal point, `none` for no ids. */
export function formatParameterFields(parameters: TilingParameters): Record<(typeof parameterColumns)[number], string> {
  const fields = {} as Record<(typeof parameterColumns)[number], string>;
  for (const key of parameterColumns) {
    const value = parameters[key];
    if (typeof value === 'boolean') fields[key] = value ? 'True' : 'False';
    else if (Array.isArray(value)) fields[key] = value.length === 0 ? 'none' : value.join(',');
    else if ((key === 'a_t' || key === 'a_h') && Number.isInteger(value)) fields[key] = `${String(value)}.0`;
    else fields[key] = String(value);
  }
  return fields;
}

function isOneOf<T extends string>(names: readonly T[], name: string): name is T {
  return (names as readonly string[]).includes(name);
}

/** What a method sets: fields of the same row stand above it. */
function parseMethod(text: string, where: ErrorPlace): Partial<TilingParameters> {
  if (isTissueMethod(text)) return { method: 'saturation', ...methodParameters[text] };
  throw bad('method', `"${text}" is no method`, where, `Methods are ${tissueMethods.join(', ')}`);
}

function parseNumber(key: string, text: string, where: ErrorPlace): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw bad(key, `${key} must be a number, got "${text}"`, where);
  return value;
}

function parseFlag(key: string, text: string, where: ErrorPlace): boolean {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === '1') return true;
  if (lower === 'false' || lower === '0') return false;
  throw bad(key, `${key} must be TRUE or FALSE, got "${text}"`, where);
}

function parseIds(key: string, text: string, where: ErrorPlace): number[] {
  if (text.toLowerCase() === 'none') return [];
  return text.split(',').map((part) => {
    // A table program may have turned the single id 3 into 3.0.
    const id = Number(part);
    if (part.trim() === '' || !Number.isInteger(id) || id < 0)
      throw bad(key, `${key} must be contour numbers such as 0,2, got "${text}"`, where);
    return id;
  });
}

function bad(key: string, message: string, where: ErrorPlace, hint?: string): SlidestreamError {
  return new SlidestreamError({ code: 'tiling/bad-parameter', category: 'usage', message, where: { ...where, key }, hint });
}
