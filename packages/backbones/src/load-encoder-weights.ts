import { SlidestreamError, type StateDict } from '@slidestream/core';
import { type LoadReport, loadStateDict } from '@slidestream/tensors';
import type { Encoder } from './encoder.js';

/** Prefixes under which checkpoints keep an encoder's tensors. */
const PREFIXES = [/encoder\./g, /module\./g, /resnet\./g];

/** Parts of a whole model, or of a whole network, that are no encoder's: a head, a classifier. */
const OTHER_PARTS = /^(?:(?:module|model)\.)*(?:mil|head|heads|head\.fc|fc|_fc|classifier|pre_logits)\./;

/** How strictly weights must fit. */
export interface EncoderWeightsOptions {
  /** Take weights that lack tensors, which keep their values, or hold some that the encoder does not know; default `false`. */
  readonly partial?: boolean | undefined;
}

/**
 * Fills an encoder from a checkpoint that holds it: alone, inside a whole model (`encoder.…`), or with the classifier and the stages of the
 * whole network that the encoder leaves out. Counters of batches may be missing; a parameter or a running statistic may not, and
 * tensors that the encoder does not know are refused, unless told otherwise.
 *
 * @returns what matched, what was missing, and what was left over
 * @throws SlidestreamError `encoders/weights-do-not-fit`, `tensors/state-dict-mismatch` when a shape differs
 */
export function loadEncoderWeights(encoder: Encoder, dict: StateDict, options: EncoderWeightsOptions = {}): LoadReport {
  const renamed = underOwnNames(encoder, dict);
  const report = compare(encoder, renamed);
  if (report.matched.length === 0 || options.partial !== true) {
    const strange = report.unexpected.filter((name) => !isOtherPart(encoder, name));
    const needed = report.missing.filter((name) => !name.endsWith('num_batches_tracked'));
    if (needed.length + strange.length > 0) throw misfit(encoder, dict, needed, strange);
  }
  return loadStateDict(encoder, renamed, { strict: false });
}

/** What {@link loadEncoderWeights} would match, miss and leave over, under the encoder's own names; nothing is changed. */
export function encoderWeightsReport(encoder: Encoder, dict: StateDict): LoadReport {
  return compare(encoder, underOwnNames(encoder, dict));
}

function underOwnNames(encoder: Encoder, dict: StateDict): StateDict {
  const names = encoder.named();
  const current = encoder.spec.currentNames?.(dict) ?? dict;
  return new Map([...current].map(([name, record]) => [fit(name, names), record]));
}

function compare(encoder: Encoder, dict: StateDict): LoadReport {
  const names = encoder.named();
  return {
    matched: [...names.keys()].filter((name) => dict.has(name)),
    missing: [...names.keys()].filter((name) => !dict.has(name)),
    unexpected: [...dict.keys()].filter((name) => !names.has(name)),
  };
}

/** The name under which the encoder knows a tensor; unchanged when it knows none. */
function fit(name: string, known: ReadonlyMap<string, unknown>): string {
  if (known.has(name)) return name;
  const bare = withoutPrefixes(name);
  return [bare, `model.${bare}`].find((candidate) => known.has(candidate)) ?? name;
}

function withoutPrefixes(name: string): string {
  return PREFIXES.reduce((text, prefix) => text.replace(prefix, ''), name);
}

function isOtherPart({ spec }: Encoder, name: string): boolean {
  const bare = withoutPrefixes(name);
  if (OTHER_PARTS.test(bare)) return true;
  return (spec.leavesOut ?? []).some((prefix) => bare.startsWith(prefix) || `model.${bare}`.startsWith(prefix));
}

function misfit(encoder: Encoder, dict: StateDict, missing: readonly string[], strange: readonly string[]): SlidestreamError {
  const { spec } = encoder;
  const needed = [...encoder.named().keys()].filter((name) => !name.endsWith('num_batches_tracked')).length;
  const said = [
    ...(missing.length > 0 ? [`${missing.length} of ${needed} tensors are missing, first ${missing[0]}`] : []),
    ...(strange.length > 0 ? [`${strange.length} are not the encoder's, first ${strange[0]}`] : []),
  ];
  const examples = [...dict.keys()].slice(0, 3).join(', ');
  return new SlidestreamError({
    code: 'encoders/weights-do-not-fit',
    category: 'data',
    message: `the weights are not those of encoder "${spec.name}": ${said.join('; ')}`,
    hint: `The file holds ${dict.size} tensors, such as ${examples || 'none'}; slidestream weights check shows all, encoder.partialWeights takes what fits`,
  });
}
