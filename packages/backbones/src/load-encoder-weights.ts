import { SlidestreamError, type StateDict } from '@slidestream/core';
import { type LoadReport, loadStateDict } from '@slidestream/tensors';
import type { Encoder } from './encoder.js';

/** Prefixes under which checkpoints keep an encoder's tensors. */
const PREFIXES = [/encoder\./g, /module\./g, /resnet\./g];

/**
 * Fills an encoder from a checkpoint that holds it: alone, inside a whole model (`encoder.…`), or with more than is needed (a
 * classifier). Counters of batches may be missing; a parameter or a running statistic may not.
 *
 * @returns what matched and what was left over
 * @throws SlidestreamError `encoders/weights-do-not-fit`, `tensors/state-dict-mismatch` when a shape differs
 */
export function loadEncoderWeights(encoder: Encoder, dict: StateDict): LoadReport {
  const names = encoder.named();
  const current = encoder.spec.currentNames?.(dict) ?? dict;
  const renamed = new Map([...current].map(([name, record]) => [fit(name, names), record]));
  const needed = [...names.keys()].filter((name) => !name.endsWith('num_batches_tracked'));
  const missing = needed.filter((name) => !renamed.has(name));
  if (missing.length > 0) {
    const examples = [...dict.keys()].slice(0, 3).join(', ');
    throw new SlidestreamError({
      code: 'encoders/weights-do-not-fit',
      category: 'data',
      message: `the weights are not those of encoder "${encoder.spec.name}": ${missing.length} of ${needed.length} tensors are missing, first ${missing[0]}`,
      hint: `The file holds ${dict.size} tensors, such as ${examples || 'none'}; check the name of the encoder`,
    });
  }
  return loadStateDict(encoder, renamed, { strict: false });
}

/** The name under which the encoder knows a tensor; unchanged when it knows none. */
function fit(name: string, known: ReadonlyMap<string, unknown>): string {
  if (known.has(name)) return name;
  const bare = PREFIXES.reduce((text, prefix) => text.replace(prefix, ''), name);
  return [bare, `model.${bare}`].find((candidate) => known.has(candidate)) ?? name;
}
