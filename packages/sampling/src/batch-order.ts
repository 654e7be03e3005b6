import { randomStream } from '@slidestream/core';
import { checkCount } from './sampling-error.js';

/** How {@link batchOrder} goes through the slides. */
export interface BatchOrderOptions {
  readonly seed: number;
  readonly epoch: number;
  /** Slides in the training set. */
  readonly count: number;
  /** Slides a batch; 1 by default. */
  readonly batchSize?: number | undefined;
  /** Leave out the last batch when it is not full; false by default. */
  readonly dropLast?: boolean | undefined;
}

/**
 * The batches of one epoch: a random order of 0…count−1 that depends on seed and epoch alone, cut into batches.
 *
 * @throws SlidestreamError `sampling/bad-count`
 */
export function batchOrder({ seed, epoch, count, batchSize = 1, dropLast = false }: BatchOrderOptions): Uint32Array[] {
  checkCount('count', count, 0);
  checkCount('batchSize', batchSize, 1);
  const order = randomStream(seed, 'epoch', epoch, 'order').permutation(count);
  const batches: Uint32Array[] = [];
  for (let start = 0; start < count; start += batchSize) {
    if (dropLast && start + batchSize > count) break;
    batches.push(order.slice(start, start + batchSize));
  }
  return batches;
}
