import { checkCount, samplingError } from './sampling-error.js';

/** How many instances of a bag a step sees. */
export interface BagSizeOptions {
  /** So many; all when neither this nor `fraction` is given. */
  readonly count?: number | undefined;
  /** This share of the bag, in (0, 1), but at least `atLeast`. */
  readonly fraction?: number | undefined;
  /** Lower bound with `fraction`; 128 by default. */
  readonly atLeast?: number | undefined;
}

/**
 * The number of instances that a bag of `tileCount` is brought to; it may be more than there are, then the caller pads.
 *
 * @throws SlidestreamError `sampling/bad-count`, `sampling/bad-fraction`
 */
export function bagSize(tileCount: number, options: BagSizeOptions): number {
  checkCount('tileCount', tileCount, 0);
  if (options.count !== undefined) {
    if (options.fraction !== undefined) throw samplingError('bad-fraction', 'count and fraction exclude each other');
    checkCount('count', options.count, 1);
    return options.count;
  }
  if (options.fraction === undefined) return tileCount;
  if (!(options.fraction > 0 && options.fraction < 1)) {
    throw samplingError('bad-fraction', `fraction is ${options.fraction}, needs to lie between 0 and 1`);
  }
  return Math.max(options.atLeast ?? 128, Math.trunc(options.fraction * tileCount));
}
