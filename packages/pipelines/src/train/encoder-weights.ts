import type { Encoder } from '@slidestream/backbones';
import { SlidestreamError, type StateDict } from '@slidestream/core';
import { readStateDict } from '@slidestream/formats';
import { loadStateDict } from '@slidestream/tensors';

/**
 * Names of a checkpoint as the encoder's own: a whole model gives its `encoder.*`, data-parallel `module.` and `resnet.` prefixes go. The
 * reference drops `resnet.` and then loads nothing, silently (SPEC §17.61); here it becomes `model.`.
 */
export function encoderNames(dict: StateDict): StateDict {
  const entries = [...dict];
  const whole = entries.some(([name]) => name.includes('encoder.'));
  return new Map(
    entries
      .filter(([name]) => !whole || name.includes('encoder.'))
      .map(([name, record]) => [name.replaceAll('encoder.', '').replaceAll('module.', '').replaceAll('resnet.', 'model.'), record]),
  );
}

/**
 * Loads the weights in `path` into an encoder, by name.
 *
 * @throws SlidestreamError `tensors/state-dict-mismatch` naming what is missing or left over
 */
export async function loadEncoderWeights(encoder: Encoder, path: string): Promise<void> {
  try {
    loadStateDict(encoder, encoderNames(await readStateDict(path)));
  } catch (error) {
    if (!(error instanceof SlidestreamError) || error.code !== 'tensors/state-dict-mismatch') throw error;
    const { code, category, what, hint } = error;
    throw new SlidestreamError({ code, category, message: what, where: { file: path }, hint, cause: error });
  }
}
