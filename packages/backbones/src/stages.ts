import { SlidestreamError } from '@slidestream/core';
import { mean, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { Encoder, EncoderStage } from './encoder.js';
import { nearest } from './nearest.js';

/**
 * Keeps every stage up to and with `stage` as it is: nothing of it is trained, and its batch norms go by their running statistics. Later
 * stages are trained.
 *
 * @throws SlidestreamError `encoders/unknown-stage`
 *
 * @example
 * ```ts
 * freezeThrough(encoders.build({ name: 'r18' }, random), 'layer1');
 * ```
 */
export function freezeThrough(encoder: Encoder, stage: string): void {
  const last = indexOf(encoder, stage);
  const prefixes = stagesOf(encoder)
    .slice(0, last + 1)
    .flatMap(({ parameters }) => parameters);
  for (const [name, parameter] of encoder.named()) {
    if (prefixes.some((prefix) => name.startsWith(prefix))) parameter.trainable = false;
  }
}

/**
 * What stages of an encoder give, in evaluation mode and without gradient.
 *
 * @param tiles - normalised RGB, float32 [T, h, w, 3]
 * @returns float32 [T, h', w', C'] by stage, owned by the caller
 * @throws SlidestreamError `encoders/unknown-stage`
 */
export function stageMaps(encoder: Encoder, tiles: Tensor4D, stages: readonly string[]): Map<string, Tensor4D> {
  for (const stage of stages) indexOf(encoder, stage);
  return encoder.stageMaps?.(tiles, stages) ?? new Map();
}

/**
 * Features of a tile after a stage: the mean of its map.
 *
 * @returns float32 [T, C'], the stage's `featureDim`
 * @throws SlidestreamError `encoders/unknown-stage`
 */
export function stageFeatures(encoder: Encoder, tiles: Tensor4D, stage: string): Tensor2D {
  return tidy(() => mean(stageMaps(encoder, tiles, [stage]).get(stage) as Tensor4D, [1, 2]));
}

function stagesOf({ spec, stageMaps: maps }: Encoder): readonly EncoderStage[] {
  return maps === undefined ? [] : (spec.stages ?? []);
}

function indexOf(encoder: Encoder, stage: string): number {
  const names = stagesOf(encoder).map(({ name }) => name);
  const index = names.indexOf(stage);
  if (index >= 0) return index;
  const close = nearest(stage, names);
  throw new SlidestreamError({
    code: 'encoders/unknown-stage',
    category: 'usage',
    message: `the encoder "${encoder.spec.name}" has no stage "${stage}"; it has ${names.join(', ') || 'none'}`,
    hint: close === undefined ? 'slidestream list encoders --json shows the stages' : `Did you mean "${close}"?`,
  });
}
