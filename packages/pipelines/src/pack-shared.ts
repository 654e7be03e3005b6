import { createTileStore, type StoreHeader, type TileStoreWriter } from '@slidestream/lmdb-io';
import type { SlideFile } from '@slidestream/slides';
import { mergeShards } from './merge-shards.js';
import { openPackLedger, type PackPlan, scalesOf, storeHeaders } from './pack-plan.js';
import { type PackedTiles, runPack } from './pack-run.js';
import { type PackOptions, type PackSummary, storePaths } from './pack-settings.js';
import { dropPart, newPart, publishPart, shardPath } from './pack-shards.js';
import { packSlide } from './pack-slide.js';
import type { PackWorkers } from './pack-workers.js';
import { packedSlides } from './packed-slides.js';
import type { RecipeContext } from './recipe-context.js';

/**
 * Packs slides as one of many workers: each slide into a store of its own, which appears complete or not at all. Whoever finds that every slide is
 * settled puts them together.
 */
export async function packShared(
  plan: PackPlan,
  options: PackOptions,
  workers: PackWorkers,
  context: RecipeContext,
): Promise<Omit<PackSummary, 'seconds'>> {
  const stores = storePaths(options.store, plan.scales);
  const headers = await storeHeaders(plan, options);
  const missingOf = packedSlides(options.store, plan.scales);
  const complete = async (slide: string): Promise<PackedTiles | null> => (missingOf(slide).length === 0 ? {} : null);
  const ledger = await openPackLedger(plan, options, context, { shard: options.sharing?.shard, complete });
  const jobs = new Map(plan.jobs.map((file) => [file.id, file]));
  const pack = async (slide: string, signal: AbortSignal, onTile: () => void, holds: () => Promise<boolean>): Promise<PackedTiles> => {
    const parts = new Map<string, string>();
    const writers = new Map<string, TileStoreWriter>();
    const close = async (): Promise<void> => {
      for (const writer of writers.values()) await writer.close();
    };
    try {
      const missing = missingOf(slide);
      for (const scale of missing) {
        const part = await newPart(shardPath(options.store, scale, slide));
        parts.set(scale, part);
        writers.set(scale, await createTileStore(part, headers.get(scale) as StoreHeader, options));
      }
      const file = jobs.get(slide) as SlideFile;
      const scales = await scalesOf(plan, file, missing, writers);
      const { tileSizePx, jpegQuality = 80 } = options;
      const turn = Promise.resolve();
      const tiles = await packSlide(file, scales, { ...options, tileSizePx, jpegQuality, workers, turn, signal, onTile });
      await close();
      // Who was taken for dead leaves the slide to the one who has it now: it may be in the store already.
      if (await holds()) for (const [scale, part] of parts) await publishPart(part, shardPath(options.store, scale, slide));
      return tiles;
    } finally {
      await close();
      for (const part of parts.values()) await dropPart(part);
    }
  };
  try {
    // Every slide has a writer of its own, so that few at a time keep all processes busy.
    const slidesAtATime = workers.count === 1 ? 1 : workers.count + 1;
    const done = await runPack({ plan, ledger, tasks: ledger.tasks(), slidesAtATime, recordDone: true, pack }, context);
    const whole = await mergeShards({ plan, options, stores, headers, ledger, missingOf }, context);
    return { stores, ...done, whole };
  } finally {
    await ledger.close();
  }
}
