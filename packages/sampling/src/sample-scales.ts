import type { RandomStream } from '@slidestream/core';
import { sampleInstances } from './sample-instances.js';
import { type ScaleCounts, scaleCounts } from './scale-counts.js';

/** Which instances of two scales a step sees. */
export interface ScaleSampling {
  /** Instances in the bag at each scale. */
  readonly tileCounts: ScaleCounts;
  /** Instances of both scales together. */
  readonly count: number;
  /** Share of the low scale, in [0, 1]. */
  readonly share: { readonly low: number };
  /** A bag with fewer in all: left as it is (`none`, default), or filled with random repeats of both scales. */
  readonly pad?: 'none' | 'repeat' | undefined;
}

/** Indices into the two bags; a step's bag is low first, then high. */
export interface ScaleInstances {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

/**
 * Draws a step's instances from two scales of one slide, each without replacement. Where a scale has too few instances the other
 * gives more, so that a step sees `count` while there are as many.
 *
 * @throws SlidestreamError `sampling/bad-count`, `sampling/bad-share`
 */
export function sampleScales({ tileCounts, count, share, pad }: ScaleSampling, random: RandomStream): ScaleInstances {
  const short = tileCounts.low + tileCounts.high < count;
  const wanted = scaleCounts({ count, share, available: short && pad === 'repeat' ? undefined : tileCounts });
  const draw = (scale: 'low' | 'high'): Uint32Array =>
    wanted[scale] === 0
      ? new Uint32Array(0)
      : sampleInstances({ tileCount: tileCounts[scale], count: wanted[scale], pad }, random.fork(scale));
  return { low: draw('low'), high: draw('high') };
}
