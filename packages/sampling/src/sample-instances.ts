import type { RandomStream } from '@slidestream/core';
import { type BagSizeOptions, bagSize } from './bag-size.js';
import { groupStarts } from './group-starts.js';

/** Which instances of a slide a step sees. */
export interface InstanceSampling extends BagSizeOptions {
  /** Instances in the bag. */
  readonly tileCount: number;
  /** A bag with fewer: left as it is (`none`, default), or filled with random repeats (`repeat`), so that bags can be stacked. */
  readonly pad?: 'none' | 'repeat' | undefined;
  /** Draw one instance from each of so many consecutive intervals first: spread over the slide. */
  readonly groups?: number | undefined;
}

/**
 * Draws instances of one bag without replacement. A bag that is not larger than asked keeps its order.
 *
 * @returns indices into the bag, uint32; padding is at the end, so the first `min(tileCount, count)` are the original ones
 * @throws SlidestreamError `sampling/bad-count`, `sampling/bad-fraction`
 * @example
 * ```ts
 * const seen = sampleInstances({ tileCount: 4000, count: 512 }, instanceStream(2021, epoch, 'case-17'));
 * ```
 */
export function sampleInstances(options: InstanceSampling, random: RandomStream): Uint32Array {
  const { tileCount } = options;
  const size = bagSize(tileCount, options);
  if (tileCount === 0) return new Uint32Array(0);
  if (options.groups !== undefined && tileCount > size) return oneOfEachGroup(tileCount, size, options.groups, random);
  if (tileCount > size) return random.sample(tileCount, size);
  const all = Uint32Array.from({ length: tileCount }, (_, i) => i);
  if (options.pad !== 'repeat' || tileCount === size) return all;
  return Uint32Array.from({ length: size }, (_, i) => (i < tileCount ? i : random.integer(tileCount)));
}

/** One of every interval up to `size`, then distinct others. */
function oneOfEachGroup(tileCount: number, size: number, groups: number, random: RandomStream): Uint32Array {
  const { starts, interval } = groupStarts(tileCount, groups);
  const chosen = starts.slice(0, size).map((start) => start + random.integer(Math.min(interval, tileCount - start)));
  const taken = new Set(chosen);
  const rest = Array.from({ length: tileCount }, (_, i) => i).filter((i) => !taken.has(i));
  const fill = Array.from(random.sample(rest.length, size - chosen.length), (i) => rest[i] as number);
  return Uint32Array.from([...chosen, ...fill]);
}
