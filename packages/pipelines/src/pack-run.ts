import { attempt, collectFailures, type ItemFailure, mapConcurrent } from '@slidestream/streams';
import { lastValueFrom, tap } from 'rxjs';
import { onLease, type SlideDone } from './ledger/on-lease.js';
import type { SlideLedger, SlideTask } from './ledger/slide-ledger.js';
import type { PackPlan } from './pack-plan.js';
import type { PackSummary } from './pack-settings.js';
import type { RecipeContext } from './recipe-context.js';

/** Tiles written of a slide, by scale. */
export type PackedTiles = Readonly<Record<string, number>>;

/** How slides are handed out and packed. */
export interface PackRun {
  readonly plan: PackPlan;
  readonly ledger: SlideLedger<PackedTiles>;
  readonly tasks: Iterable<SlideTask<PackedTiles>> | AsyncIterable<SlideTask<PackedTiles>>;
  readonly slidesAtATime: number;
  readonly recordDone: boolean;
  readonly pack: (slide: string, signal: AbortSignal, onTile: () => void, holds: () => Promise<boolean>) => Promise<PackedTiles>;
}

/** Packs every slide that is handed out, and counts. */
export async function runPack(
  run: PackRun,
  context: RecipeContext,
): Promise<Pick<PackSummary, 'packed' | 'alreadyThere' | 'withoutTiles' | 'failures' | 'tiles'>> {
  const { plan, ledger, tasks, slidesAtATime, recordDone } = run;
  const tiles: Record<string, number> = Object.fromEntries(plan.scales.map((scale) => [scale, 0]));
  const failed: ItemFailure<SlideTask<PackedTiles>>[] = [];
  let [packed, alreadyThere, tilesDone] = [0, 0, 0];
  const pack = onLease<PackedTiles>(
    ledger,
    (slide, signal, holds) =>
      run.pack(slide, signal, () => context.onProgress({ unit: 'tiles', done: ++tilesDone, total: null, current: slide }), holds),
    { recordDone },
  );
  const packed$ = mapConcurrent(attempt(pack), { concurrency: slidesAtATime, signal: context.signal })(tasks).pipe(
    collectFailures<SlideDone<PackedTiles>, SlideTask<PackedTiles>>({
      upTo: Number.POSITIVE_INFINITY,
      into: failed,
      onFailure: ({ item, error }) => context.logger.warn(error.message, { slide: item.slide, code: error.code }),
    }),
    tap(({ fresh, detail }) => {
      if (fresh) packed++;
      else alreadyThere++;
      if (fresh) for (const [scale, count] of Object.entries(detail)) tiles[scale] = (tiles[scale] ?? 0) + count;
      context.logger.debug('slide packed', { packed, alreadyThere });
    }),
  );
  await lastValueFrom(packed$, { defaultValue: undefined });
  const failures = failed.map(({ item, error }) => ({ slide: item.slide, code: error.code, message: error.message }));
  return { packed, alreadyThere, withoutTiles: plan.withoutTiles, failures, tiles };
}
