import { type RandomStream, randomStream } from '@slidestream/core';

/**
 * The random numbers with which the instances of one slide are drawn in one epoch: the same whatever the order of slides, the
 * number of workers, or where a run was resumed.
 */
export function instanceStream(seed: number, epoch: number, slide: string): RandomStream {
  return randomStream(seed, 'epoch', epoch, 'slide', slide, 'instances');
}
