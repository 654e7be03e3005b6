import { type TensorContainer, tidy } from '@tensorflow/tfjs-core';
import type { HeadOutput, HeadSpec } from './head.js';

/** Freezes a spec; exists so that a head's file gets types for every field without repeating them. */
export function defineHead<Options extends object>(spec: HeadSpec<Options>): HeadSpec<Options> {
  return Object.freeze(spec);
}

/** Runs a forward pass and frees all that is not in its output. */
export function tidyOutput(forward: () => HeadOutput): HeadOutput {
  return tidy(forward as unknown as () => TensorContainer) as unknown as HeadOutput;
}
