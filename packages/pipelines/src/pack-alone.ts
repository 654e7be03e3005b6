import { createTileStore, type TileStoreWriter } from '@slidestream/lmdb-io';
import type { SlideFile } from '@slidestream/slides';
import { createCommitPace } from './commit-pace.js';
import type { SlideTask } from './ledger/slide-ledger.js';
import { openPackLedger, type PackPlan, scalesOf, storeHeaders } from './pack-plan.js';
import { type PackedTiles, runPack } from './pack-run.js';
import { type PackOptions, type PackSummary, storePaths } from './pack-settings.js';
import { refuseShards } from './pack-shards.js';
import { packSlide } from './pack-slide.js';
import type { PackWorkers } from './pack-workers.js';
import type { RecipeContext } from './recipe-context.js';

/** Half of them are worked on or wait for their turn, the other half are written and share a commit. */
const SLIDES_PER_WORKER = 6;
/** A finished slide becomes durable within this time. */
const COMMIT_WITHIN_MS = 200;

/** Packs slides straight into the stores, as their one writer. */
export async function packAlone(
  plan: PackPlan,
  options: PackOptions,
  workers: PackWorkers,
  context: RecipeContext,
): Promise<Omit<PackSummary, 'seconds'>> {
  const stores = storePaths(options.store, plan.scales);
  await refuseShards(options.store);
  const headers = await storeHeaders(plan, options);
  // The store's own lock keeps others away and its slides are the record of what is done: only failures are written down.
  const ledger = await openPackLedger(plan, options, context, { shard: undefined, complete: async () => null });
  const writers = new Map<string, TileStoreWriter>();
  try {
    for (const [scale, header] of headers) {
      const { mapSizeBytes, allowNetworkFileSystem } = options;
      writers.set(
        scale,
        await createTileStore(stores[scale] as string, header, { mapSizeBytes, allowNetworkFileSystem, commitWithinMs: COMMIT_WITHIN_MS }),
      );
    }
    const missingOf = (slide: string): string[] => plan.scales.filter((scale) => writers.get(scale)?.has(slide) !== true);
    const jobs = new Map(plan.jobs.map((file) => [file.id, file]));
    const others = (await ledger.alone()).filter(({ slide }) => missingOf(slide).length > 0);
    // Small slides keep nobody busy for long: while one is written, others are begun.
    const slidesAtATime = SLIDES_PER_WORKER * workers.count;
    const pace = createCommitPace(others.length, slidesAtATime / 2, () => {
      for (const writer of writers.values()) writer.flush();
    });
    let turn: Promise<unknown> = Promise.resolve();
    const pack = async (slide: string, signal: AbortSignal, onTile: () => void): Promise<PackedTiles> => {
      const before = turn;
      let done: () => void = () => undefined;
      turn = new Promise<void>((resolve) => {
        done = resolve;
      });
      let handed = false;
      const onHandedOver = (): void => {
        handed = true;
        done();
        pace.handedOver();
      };
      try {
        const file = jobs.get(slide) as SlideFile;
        const scales = await scalesOf(plan, file, missingOf(slide), writers);
        const { tileSizePx, jpegQuality = 80 } = options;
        return await packSlide(file, scales, { ...options, tileSizePx, jpegQuality, workers, turn: before, signal, onTile, onHandedOver });
      } finally {
        pace.settled(handed);
        await before;
        done();
      }
    };
    const there = plan.jobs
      .filter(({ id }) => missingOf(id).length === 0)
      .map(({ id }) => ({ slide: id, attempt: 0, found: { detail: {} } }));
    const tasks: SlideTask<PackedTiles>[] = [...there, ...others];
    const done = await runPack({ plan, ledger, tasks, slidesAtATime, recordDone: false, pack }, context);
    return { stores, ...done, whole: true };
  } finally {
    for (const writer of writers.values()) await writer.close();
    await ledger.close();
  }
}
