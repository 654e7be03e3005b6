import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import { isItemFailure, type Project } from '@slidestream/streams';
import type { SlideFailure } from './ledger-files.js';
import type { SlideLedger, SlideTask } from './slide-ledger.js';

/** A slide that is done. */
export interface SlideDone<D> {
  readonly slide: string;
  readonly detail: D;
  /** Whether it was done now and here; otherwise it was there, or another worker did it meanwhile. */
  readonly fresh: boolean;
}

/**
 * Work on a slide of a ledger, as `attempt` and `mapConcurrent` take it: what is there is passed on, a failure that stands is thrown again, and
 * what comes of the work is recorded.
 *
 * @param options - `recordDone: false` where the output itself is the record
 */
export function onLease<D>(
  ledger: SlideLedger<D>,
  work: (slide: string, signal: AbortSignal, holds: () => Promise<boolean>) => Promise<D>,
  options: { readonly recordDone?: boolean } = {},
): Project<SlideTask<D>, SlideDone<D>> {
  return async (task, signal) => {
    const { slide, found } = task;
    if (found !== null && 'detail' in found) return { slide, detail: found.detail, fresh: false };
    if (found !== null) throw errorOf(found.failure);
    try {
      const detail = await work(slide, signal, () => ledger.holds(task));
      if (options.recordDone !== false) await ledger.done(task, detail);
      return { slide, detail, fresh: true };
    } catch (error) {
      if (!signal.aborted && isItemFailure(error) && isSlidestreamError(error)) await ledger.failed(task, error);
      throw error;
    }
  };
}

/** A recorded failure as the error that it was. */
function errorOf({ code, category, message, where }: SlideFailure): SlidestreamError {
  return new SlidestreamError({
    code,
    category,
    message,
    where,
    hint: 'It failed before and was left as it is; --retry-failed tries it again',
  });
}
