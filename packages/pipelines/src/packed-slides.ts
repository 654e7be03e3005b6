import { existsSync, statSync } from 'node:fs';
import { openTileStore } from '@slidestream/lmdb-io';
import { storePath } from './pack-settings.js';
import { shardPath } from './pack-shards.js';

/**
 * Tells at which scales a slide is neither in its store nor in a shard. Stores are looked into again only when they changed.
 *
 * @throws SlidestreamError `store/*`, `io/*`
 */
export function packedSlides(store: string, scales: readonly string[]): (slide: string) => string[] {
  const known = new Map(scales.map((scale) => [scale, { state: '', slides: new Set<string>() }]));
  const inStore = (scale: string, slide: string): boolean => {
    const path = storePath(store, scales, scale);
    const stats = statSync(path, { throwIfNoEntry: false });
    const state = stats === undefined ? '' : `${stats.size} ${stats.mtimeMs}`;
    if (state !== known.get(scale)?.state) known.set(scale, { state, slides: slidesIn(path, state) });
    return known.get(scale)?.slides.has(slide) === true;
  };
  // A shard is removed after its slide is in the store: who looks in this order misses neither.
  return (slide) => scales.filter((scale) => !existsSync(shardPath(store, scale, slide)) && !inStore(scale, slide));
}

function slidesIn(path: string, state: string): Set<string> {
  if (state === '') return new Set();
  using reader = openTileStore(path);
  return new Set(reader.slides);
}
