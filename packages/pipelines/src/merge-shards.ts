import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { createTileStore, openTileStore, type StoreHeader, type TileStoreWriter } from '@slidestream/lmdb-io';
import { attempt, mapConcurrent, toAsyncIterable } from '@slidestream/streams';
import { onLease } from './ledger/on-lease.js';
import { openLedger, pause, type SlideLedger } from './ledger/slide-ledger.js';
import type { PackPlan } from './pack-plan.js';
import type { PackedTiles } from './pack-run.js';
import { type PackOptions, workFolder } from './pack-settings.js';
import { dropLeftovers, dropPart, shardPath } from './pack-shards.js';
import type { RecipeContext } from './recipe-context.js';

/** What {@link mergeShards} works on. */
export interface MergeJob {
  readonly plan: PackPlan;
  readonly options: PackOptions;
  readonly stores: Readonly<Record<string, string>>;
  readonly headers: ReadonlyMap<string, StoreHeader>;
  readonly ledger: SlideLedger<PackedTiles>;
  readonly missingOf: (slide: string) => readonly string[];
}

const WHAT = 'store';

/**
 * When every slide is packed or left out, puts the shards into the stores, in the order in which slides were asked for, and removes them. One worker
 * does it, by a lease; others wait for it.
 *
 * @returns whether the stores hold every slide; `false` while other workers have theirs
 */
export async function mergeShards(job: MergeJob, context: RecipeContext): Promise<boolean> {
  const { plan, options } = job;
  const open = await openSlides(job, context.signal);
  if (open > 0) {
    context.logger.info('other workers have slides yet; the one that packs the last puts the store together', { slides: open });
    return false;
  }
  const { beatMs, staleMs } = options.sharing ?? {};
  const merging = await openLedger<true>({
    folder: join(workFolder(options.store), 'merge'),
    stage: 'merge',
    slides: [WHAT],
    sharing: { beatMs, staleMs },
    complete: async () => (plan.scales.every((scale) => shardsOf(job, scale).length === 0) ? true : null),
    request: async () => `${process.pid} ${performance.timeOrigin}`,
    ...context,
  });
  const merge = onLease<true>(merging, async (_, signal) => {
    for (const scale of plan.scales) await mergeScale(job, scale, (writer) => merging.isGone(writer), { ...context, signal });
    await dropLeftovers(options.store);
    return true;
  });
  try {
    const merged$ = mapConcurrent(attempt(merge), { concurrency: 1, signal: context.signal })(merging.tasks());
    for await (const outcome of toAsyncIterable(merged$)) if (!outcome.ok) throw outcome.error;
    return true;
  } finally {
    await merging.close();
  }
}

/** How many slides are neither packed nor left out. What is recorded as done may take a network file system a while to show. */
async function openSlides({ plan, options, ledger, missingOf }: MergeJob, signal: AbortSignal): Promise<number> {
  const until = performance.now() + (options.sharing?.staleMs ?? 60_000);
  for (;;) {
    const records = await ledger.records();
    const open = plan.jobs.filter(({ id }) => missingOf(id).length > 0 && records.get(id)?.failure === undefined);
    if (!open.every(({ id }) => records.has(id)) || open.length === 0 || performance.now() > until) return open.length;
    await pause(1_000, signal);
  }
}

function shardsOf({ plan, options }: MergeJob, scale: string): { readonly slide: string; readonly shard: string }[] {
  const all = plan.jobs.map(({ id }) => ({ slide: id, shard: shardPath(options.store, scale, id) }));
  return all.filter(({ shard }) => existsSync(shard));
}

async function mergeScale(
  job: MergeJob,
  scale: string,
  isWriterGone: (writer: Parameters<SlideLedger<true>['isGone']>[0]) => boolean,
  context: RecipeContext,
): Promise<void> {
  const shards = shardsOf(job, scale);
  if (shards.length === 0) return;
  const header = job.headers.get(scale) as StoreHeader;
  const { mapSizeBytes, allowNetworkFileSystem } = job.options;
  await using writer = await createTileStore(job.stores[scale] as string, header, { mapSizeBytes, allowNetworkFileSystem, isWriterGone });
  for (const [done, { slide, shard }] of shards.entries()) {
    context.signal.throwIfAborted();
    context.onProgress({ unit: 'slides', done, total: shards.length, current: slide });
    if (!writer.has(slide)) await copyShard(shard, slide, writer, header);
    await dropPart(shard);
  }
}

async function copyShard(shard: string, slide: string, writer: TileStoreWriter, header: StoreHeader): Promise<void> {
  using reader = openTileStore(shard);
  const info = reader.slideInfo(slide);
  const other = (['tileSizePx', 'jpegQuality', 'encoder'] as const).filter((field) => reader.header?.[field] !== header[field]);
  if (info === null || other.length > 0) throw otherSettings(shard, slide, other);
  await writer.writeSlide(slide, info, reader.tiles(slide));
}

function otherSettings(shard: string, slide: string, fields: readonly string[]): SlidestreamError {
  return new SlidestreamError({
    code: 'pack/other-settings',
    category: 'usage',
    message: `the slide was packed with other settings (${fields.join(', ') || 'its record is missing'})`,
    where: { file: shard, slide },
    hint: 'Remove the shard to pack the slide again, or go on with the same settings',
  });
}
