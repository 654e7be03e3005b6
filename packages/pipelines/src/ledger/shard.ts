import { createHash } from 'node:crypto';

/** Part `index` of `count`, from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * Whether a slide is in a part. It depends on the slide's id alone, so that parts that are started at different times leave out nothing and
 * share nothing, whatever other slides have come meanwhile.
 */
export function inShard(slide: string, shard: Shard | undefined): boolean {
  return shard === undefined || createHash('sha256').update(slide).digest().readUInt32BE(0) % shard.count === shard.index;
}
