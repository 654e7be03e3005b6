import { availableParallelism } from 'node:os';
import { packAlone } from './pack-alone.js';
import { makePlan } from './pack-plan.js';
import type { PackOptions, PackSummary } from './pack-settings.js';
import { packShared } from './pack-shared.js';
import { createPackWorkers } from './pack-workers.js';
import type { RecipeContext } from './recipe-context.js';

/**
 * Packs the tiles of many slides into one store per scale: regions are read at the grid's level, resized where asked, and kept as JPEGs. Slides that cannot be
 * read are listed with their reason and left out; a store that was begun is gone on with. A store has one writer, unless it is `shared`:
 * then any number of processes on any number of machines pack slides beside it, and one puts them into it, in the order asked for.
 *
 * @throws SlidestreamError `pack/no-coords`, `pack/shared-before`, `store/*`, `io/*`, `streams/stopped`
 *
 * @example
 * ```ts
 * const summary = await packTiles({ coords: 'tiles/', slides: ['slides/'], store: 'tiles.lmdb' }, context);
 * ```
 */
export async function packTiles(options: PackOptions, context: RecipeContext): Promise<PackSummary> {
  const started = performance.now();
  const plan = await makePlan(options);
  const workers = typeof options.workers === 'object' ? options.workers : createPackWorkers(options.workers ?? availableParallelism());
  try {
    const run = options.shared === true ? packShared : packAlone;
    const summary = await run(plan, options, workers, context);
    return { ...summary, seconds: (performance.now() - started) / 1000 };
  } finally {
    if (workers !== options.workers) await workers.close();
  }
}
