import type { RandomStream } from '@slidestream/core';

/** Which instances of a bag belong to which pseudo-bag. */
export interface PseudoBags {
  /** 1 = belongs, float32 [B, G, N]. */
  readonly members: Float32Array;
  /** 1 = a pseudo-bag of its own, 0 = repeats another, float32 [B, G]. */
  readonly own: Float32Array;
}

/** How bags are split. */
export interface SplitOptions {
  readonly bags: number;
  readonly instances: number;
  readonly groups: number;
  /** 1 = real, [B·N]; absent = all. */
  readonly mask?: ArrayLike<number> | undefined;
  /** Draws the order of instances; absent = as they come. */
  readonly random?: RandomStream | undefined;
  /** Bags with fewer instances than groups: repeat their pseudo-bags, or leave the rest empty. */
  readonly short: 'repeat' | 'empty';
}

/** Splits each bag into consecutive pseudo-bags of nearly equal size; the first n mod G have one instance more. */
export function splitIntoPseudoBags({ bags, instances, groups, mask, random, short }: SplitOptions): PseudoBags {
  const members = new Float32Array(bags * groups * instances);
  const own = new Float32Array(bags * groups).fill(1);
  for (let bag = 0; bag < bags; bag++) {
    const real = Array.from({ length: instances }, (_, n) => n).filter((n) => mask === undefined || mask[bag * instances + n] !== 0);
    const order = random === undefined ? real : [...random.fork(bag).permutation(real.length)].map((at) => real[at] as number);
    const filled = short === 'repeat' ? Math.max(1, Math.min(groups, order.length)) : groups;
    const size = Math.floor(order.length / filled);
    const longer = order.length % filled;
    for (let group = 0; group < groups; group++) {
      const source = group % filled;
      if (group >= filled) own[bag * groups + group] = 0;
      const start = source * size + Math.min(source, longer);
      for (let i = start; i < start + size + (source < longer ? 1 : 0); i++) {
        members[(bag * groups + group) * instances + (order[i] as number)] = 1;
      }
    }
  }
  return { members, own };
}
