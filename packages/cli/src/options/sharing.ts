import type { SharingOptions } from '@slidestream/pipelines';
import type { Command } from 'commander';
import { numberOption } from './numbers.js';
import { parseShard } from './shard.js';

/** Options of verbs whose workers may share an output. */
export interface SharingVerbOptions {
  readonly shard?: string;
  readonly retryFailed?: true;
  readonly minSuccess?: number;
  readonly leaseSeconds: number;
}

/** Adds the options of verbs that do many slides, alone or as one of many workers. */
export function addSharingOptions(command: Command): Command {
  return command
    .option('--shard <i/n|auto>', 'do the slides of one part only; auto asks Slurm, Kubernetes or MPI which')
    .option('--retry-failed', 'do only slides that failed before')
    .option('--min-success <share>', 'exit 0 when this share of the slides is done, else 65', numberOption({ atLeast: 0, atMost: 1 }))
    .option('--lease-seconds <s>', 'a worker whose heart stands still for so long loses its slides', numberOption({ moreThan: 0 }), 60);
}

/** What the recipes are told of sharing. @throws SlidestreamError `cli/bad-shard` */
export function sharingOf(options: SharingVerbOptions): SharingOptions {
  const { shard, retryFailed, leaseSeconds } = options;
  return {
    shard: shard === undefined ? undefined : parseShard(shard),
    retryFailed,
    staleMs: 1000 * leaseSeconds,
    beatMs: (1000 * leaseSeconds) / 6,
  };
}
