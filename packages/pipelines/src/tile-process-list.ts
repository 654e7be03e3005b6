import { writeFileAtomic } from '@slidestream/core/node';
import { formatProcessList } from '@slidestream/tiling';
import type { AttemptRecord } from './ledger/ledger-files.js';
import type { SlideLedger } from './ledger/slide-ledger.js';
import type { TileJob } from './tile-jobs.js';
import { failedTiling, type TileDetail, type TiledSlide, tiled, waitingTiling } from './tile-summary.js';

/** Keeps `process_list_autogen.csv` as the ledger's records say, whoever made them. */
export interface ProcessListKeeper {
  /** Writes the list when the last time is long enough ago for the list's size. */
  renew(): Promise<void>;
  /** Writes the list until nothing changed while it was written. */
  finish(): Promise<void>;
}

/** Renewing takes at most this share of the time. */
const SHARE = 0.05;
const AT_LEAST_MS = 1_000;

/**
 * The list is made from records alone, so that every worker of the same slides writes the same one. Each looks again after it has written:
 * whichever write is the last, nothing was recorded before it that it lacks.
 */
export function keepProcessList(path: string, jobs: readonly TileJob[], ledger: SlideLedger<TileDetail>): ProcessListKeeper {
  let next = 0;
  const text = async (): Promise<string> => {
    const records = await ledger.records();
    const states = jobs.map((job) => stateOf(job, records.get(job.id)));
    return formatProcessList(
      states.map(({ listedAs, process, status, parameters }) => ({ slideId: listedAs, process, status, parameters })),
    );
  };
  return {
    renew: async () => {
      const start = performance.now();
      if (start < next) return;
      await writeFileAtomic(path, await text());
      next = performance.now() + Math.max(AT_LEAST_MS, (performance.now() - start) / SHARE);
    },
    finish: async () => {
      let written = '';
      for (let now = await text(); now !== written; now = await text()) {
        await writeFileAtomic(path, now);
        written = now;
      }
    },
  };
}

function stateOf(job: TileJob, record: AttemptRecord | undefined): TiledSlide {
  if (!job.process || record === undefined) return waitingTiling(job);
  if (record.failure !== undefined) return failedTiling(job, record.failure);
  return tiled(job, record.detail as TileDetail);
}
