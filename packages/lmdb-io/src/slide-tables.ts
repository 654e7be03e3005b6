import { pickleValue } from '@slidestream/pickle';
import type { StoreChange } from './store-writes.js';
import { COUNTS_RECORD, RECENT_RECORD, recordKey, SLIDES_RECORD } from './tile-key.js';

/** The reference's tables lag by at most this part of their slides. */
const LAG = 64;

/** Slides of a store with their tile counts, and how the records that list them are kept up. */
export interface SlideTables {
  readonly counts: ReadonlyMap<string, number>;
  /** What to write beside slides that are finished now; `accept` says that it was. */
  changesFor(finished: ReadonlyMap<string, number>): { readonly changes: readonly StoreChange[]; accept(): void };
  /** Brings the reference's tables up to date. */
  renewal(): readonly StoreChange[];
}

/**
 * The reference's `__pn__` and `__slide__` list every slide: written anew with each, thousands of slides would cost the square of their number. Beyond 128
 * slides the newest, a sixty-fourth at most, stand in a short record of ours until the tables are renewed, at the latest when the store is closed.
 */
export function createSlideTables(known: ReadonlyMap<string, number>): SlideTables {
  const counts = new Map(known);
  let recent = new Map<string, number>();
  const renewalWith = (added: ReadonlyMap<string, number>): StoreChange[] => {
    const all = added.size === 0 ? counts : new Map([...counts, ...added]);
    return [
      { key: recordKey(COUNTS_RECORD), value: pickleValue(all) },
      { key: recordKey(SLIDES_RECORD), value: pickleValue([...all.keys()]) },
      { key: recordKey(RECENT_RECORD), remove: true },
    ];
  };
  return {
    counts,
    changesFor(finished) {
      const lagging = new Map([...recent, ...finished]);
      const renew = lagging.size >= Math.floor((counts.size + finished.size) / LAG);
      return {
        changes: renew ? renewalWith(finished) : [{ key: recordKey(RECENT_RECORD), value: Buffer.from(JSON.stringify([...lagging])) }],
        accept: () => {
          for (const [slide, count] of finished) counts.set(slide, count);
          recent = renew ? new Map() : lagging;
        },
      };
    },
    renewal: () => {
      recent = new Map();
      return renewalWith(recent);
    },
  };
}
