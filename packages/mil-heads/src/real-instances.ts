import type { Tensor } from '@tensorflow/tfjs-core';

/** Real instances of each bag. The mask comes from the caller's side, so that its values are at hand on every engine. @param mask - float32 [B, N] */
export function realInstances(mask: Tensor): number[] {
  const [bags, count] = mask.shape as [number, number];
  const values = mask.dataSync() as Float32Array;
  return Array.from({ length: bags }, (_, bag) => values.subarray(bag * count, (bag + 1) * count).reduce((sum, value) => sum + value, 0));
}
