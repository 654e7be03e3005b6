import { type Encoder, loadEncoderWeights } from '@slidestream/backbones';
import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import { readStateDict } from '@slidestream/formats';

/** Where an encoder's weights come from. */
export interface WeightsChoice {
  /** Weights file; fresh weights stay when left out. */
  readonly weights?: string | undefined;
  /** Take weights that do not fit wholly; default `false`. */
  readonly partialWeights?: boolean | undefined;
}

/**
 * Fills an encoder from its weights file, by name, where there is one.
 *
 * @throws SlidestreamError `encoders/weights-do-not-fit` or `tensors/state-dict-mismatch` naming the file; `format/*`, `pickle/*`, `io/*`
 */
export async function fillEncoder(encoder: Encoder, { weights: path, partialWeights }: WeightsChoice): Promise<void> {
  if (path === undefined) return;
  const dict = await readStateDict(path);
  try {
    loadEncoderWeights(encoder, dict, { partial: partialWeights });
  } catch (error) {
    if (!isSlidestreamError(error)) throw error;
    const { code, category, what, hint } = error;
    throw new SlidestreamError({ code, category, message: what, where: { file: path }, hint, cause: error });
  }
}
