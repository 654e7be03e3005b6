import { type Encoder, loadEncoderWeights } from '@slidestream/backbones';
import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import { readStateDict } from '@slidestream/formats';

/**
 * Fills an encoder from the weights file at `path`, by name.
 *
 * @throws SlidestreamError `encoders/weights-do-not-fit` or `tensors/state-dict-mismatch` naming the file; `format/*`, `pickle/*`, `io/*`
 */
export async function readEncoderWeights(encoder: Encoder, path: string): Promise<void> {
  const dict = await readStateDict(path);
  try {
    loadEncoderWeights(encoder, dict);
  } catch (error) {
    if (!isSlidestreamError(error)) throw error;
    const { code, category, what, hint } = error;
    throw new SlidestreamError({ code, category, message: what, where: { file: path }, hint, cause: error });
  }
}
