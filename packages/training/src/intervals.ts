import { type BootstrapOptions, bootstrap, type Interval } from '@slidestream/metrics';
import type { Scored, Task } from './task.js';

/**
 * A task's metrics on a split, each with its bootstrap interval over shared resamples.
 *
 * @param options - `groups` keeps the slides of one patient together
 * @throws SlidestreamError `metrics/no-cases`
 */
export function metricsWithIntervals<Target>(
  task: Task<Target>,
  scored: readonly Scored<Target>[],
  options: BootstrapOptions,
): Record<string, Interval> {
  const statistics = (indices: Uint32Array): Record<string, number> =>
    task.metrics(Array.from(indices, (i) => scored[i] as Scored<Target>));
  return bootstrap(scored.length, statistics, options);
}
