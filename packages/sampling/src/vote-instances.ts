import { checkCount, samplingError } from './sampling-error.js';

/** How {@link voteInstances} chose. */
export interface Vote {
  /** The chosen instances, ascending, uint32. */
  readonly selected: Uint32Array;
  /** How many heads had each instance among their best. */
  readonly votes: Uint32Array;
}

/**
 * Chooses `count` instances by attention: every head votes for its own `count` best, the most voted win. With one head these are
 * its best. Ties go to the higher mean attention, then to the lower index.
 *
 * @param attention - row-major [heads, tileCount]
 * @throws SlidestreamError `sampling/bad-count`, `sampling/bad-attention`
 */
export function voteInstances(attention: ArrayLike<number>, heads: number, count: number): Vote {
  checkCount('heads', heads, 1);
  checkCount('count', count, 1);
  const tileCount = attention.length / heads;
  if (!Number.isInteger(tileCount)) throw samplingError('bad-attention', `${attention.length} values are no whole rows of ${heads} heads`);
  const votes = new Uint32Array(tileCount);
  const total = new Float64Array(tileCount);
  const indices = Array.from({ length: tileCount }, (_, i) => i);
  for (let head = 0; head < heads; head++) {
    const at = (i: number): number => attention[head * tileCount + i] as number;
    for (const i of indices) {
      if (Number.isNaN(at(i))) throw samplingError('bad-attention', `attention of instance ${i} in head ${head} is NaN`);
      total[i] = (total[i] as number) + at(i);
    }
    for (const i of [...indices].sort((a, b) => at(b) - at(a) || a - b).slice(0, count)) votes[i] = (votes[i] as number) + 1;
  }
  const rank = (a: number, b: number): number =>
    (votes[b] as number) - (votes[a] as number) || (total[b] as number) - (total[a] as number) || a - b;
  const selected = Uint32Array.from([...indices].sort(rank).slice(0, count)).sort();
  return { selected, votes };
}
