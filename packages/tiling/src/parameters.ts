import { SlidestreamError } from '@slidestream/core';
import { parseParameterFields } from './parameter-fields.js';
import { readPresetFile } from './preset-file.js';
import { methodParameters, type TissueMethodName } from './tissue-methods.js';
import type { TilingParameters } from './types.js';

/** CLAM's defaults (SPEC §7.1); areas `a_t`, `a_h` count squares of 512 level-0 pixels. */
export const defaultParameters: TilingParameters = Object.freeze({
  seg_level: -1,
  sthresh: 8,
  mthresh: 7,
  close: 4,
  use_otsu: false,
  keep_ids: [],
  exclude_ids: [],
  a_t: 100,
  a_h: 16,
  max_n_holes: 8,
  vis_level: -1,
  line_thickness: 250,
  use_padding: true,
  contour_fn: 'four_pt',
});

function preset(values: Partial<TilingParameters>): TilingParameters {
  return Object.freeze({ ...defaultParameters, ...values });
}

/** CLAM's presets by name (SPEC §7.1). */
export const presets: Readonly<Record<string, TilingParameters>> = Object.freeze({
  bwh_biopsy: preset({ sthresh: 15, mthresh: 11, close: 2, a_t: 1, a_h: 1, max_n_holes: 2, line_thickness: 50 }),
  bwh_resection: preset({ sthresh: 15, mthresh: 11, close: 4, a_t: 100, a_h: 16, max_n_holes: 8, line_thickness: 150 }),
  tcga: preset({ sthresh: 8, mthresh: 7, close: 4, a_t: 16, a_h: 4, max_n_holes: 8, line_thickness: 100 }),
  tcga_nsclc: preset({ sthresh: 8, mthresh: 7, close: 4, a_t: 100, a_h: 16, max_n_holes: 32, line_thickness: 120 }),
});

/** Where tiling parameters come from: later fields win. */
export interface ParameterSources {
  /** Name of one of {@link presets}, or the path of a preset CSV in CLAM's layout. */
  readonly preset?: string | undefined;
  /** How tissue is told from glass: its threshold stands above the preset's. CLAM's way by default. */
  readonly method?: TissueMethodName | undefined;
  /** Single values on top of the preset. */
  readonly overrides?: Partial<TilingParameters> | undefined;
}

/**
 * Defaults, then the preset, then what the method sets, then the overrides, checked.
 *
 * @throws SlidestreamError `tiling/unknown-preset` when the name is neither a preset nor a `.csv` file
 * @throws SlidestreamError `tiling/bad-parameter` for a value out of range
 *
 * @example
 * ```ts
 * const parameters = await resolveParameters({ preset: 'tcga', overrides: { contour_fn: 'center' } });
 * ```
 */
export async function resolveParameters(sources: ParameterSources = {}): Promise<TilingParameters> {
  const base = sources.preset === undefined ? defaultParameters : await presetOf(sources.preset);
  const method = sources.method === undefined ? {} : methodParameters[sources.method];
  return checkParameters({ ...base, ...method, ...withoutUndefined(sources.overrides ?? {}) });
}

async function presetOf(name: string): Promise<TilingParameters> {
  const known = Object.hasOwn(presets, name) ? presets[name] : undefined;
  if (known !== undefined) return known;
  if (name.toLowerCase().endsWith('.csv'))
    return { ...defaultParameters, ...parseParameterFields(await readPresetFile(name), { file: name }) };
  throw new SlidestreamError({
    code: 'tiling/unknown-preset',
    category: 'usage',
    message: `there is no preset "${name}"`,
    hint: `Presets are ${Object.keys(presets).join(', ')}, or give the path of a preset .csv`,
  });
}

function withoutUndefined(values: Partial<TilingParameters>): Partial<TilingParameters> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

type Rule = readonly [key: keyof TilingParameters, holds: (value: number) => boolean, what: string];

const RULES: readonly Rule[] = [
  ['seg_level', (v) => Number.isInteger(v) && v >= -1, 'a level number, or -1 for the best one'],
  ['vis_level', (v) => Number.isInteger(v) && v >= -1, 'a level number, or -1 for the best one'],
  ['sthresh', (v) => v >= 0 && v <= 255, 'between 0 and 255'],
  ['mthresh', (v) => Number.isInteger(v) && v >= 1 && v % 2 === 1 && v <= 255, 'an odd positive number'],
  ['close', (v) => Number.isInteger(v) && v >= 0 && v <= 1000, 'a whole number of pixels, 0 for none'],
  ['a_t', (v) => v >= 0, 'not negative'],
  ['a_h', (v) => v >= 0, 'not negative'],
  ['max_n_holes', (v) => Number.isInteger(v) && v >= 0, 'a whole number'],
  ['line_thickness', (v) => v > 0 && v <= 1e5, 'positive'],
];

const CONTOUR_TESTS: readonly TilingParameters['contour_fn'][] = ['four_pt', 'four_pt_hard', 'center', 'basic'];

const METHODS: readonly TilingParameters['method'][] = ['saturation', 'brightness', 'entropy'];

/** `parameters` as they are, when every value is one that CLAM's segmentation can work with. @throws SlidestreamError `tiling/bad-parameter` */
export function checkParameters(parameters: TilingParameters): TilingParameters {
  for (const [key, holds, what] of RULES) {
    const value = parameters[key];
    if (typeof value !== 'number' || !Number.isFinite(value) || !holds(value)) throw badParameter(key, value, what);
  }
  if (!CONTOUR_TESTS.includes(parameters.contour_fn)) throw badParameter('contour_fn', parameters.contour_fn, CONTOUR_TESTS.join(', '));
  const { method = 'saturation' } = parameters;
  if (!METHODS.includes(method)) throw badParameter('method', method, METHODS.join(', '));
  for (const key of ['keep_ids', 'exclude_ids'] as const) {
    if (!parameters[key].every((id) => Number.isInteger(id) && id >= 0)) throw badParameter(key, parameters[key], 'contour numbers from 0');
  }
  return parameters;
}

function badParameter(key: string, value: unknown, what: string): SlidestreamError {
  return new SlidestreamError({
    code: 'tiling/bad-parameter',
    category: 'usage',
    message: `${key} must be ${what}, got ${String(value)}`,
    where: { key },
  });
}
