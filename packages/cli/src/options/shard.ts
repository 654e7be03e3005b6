import { SlidestreamError } from '@slidestream/core';
import type { Shard } from '@slidestream/pipelines';

/** Where a launcher says which of how many processes this is. */
const LAUNCHERS: readonly (readonly [index: string, count: string, first?: string])[] = [
  ['SLURM_ARRAY_TASK_ID', 'SLURM_ARRAY_TASK_COUNT', 'SLURM_ARRAY_TASK_MIN'],
  ['OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'],
  ['PMI_RANK', 'PMI_SIZE'],
  ['JOB_COMPLETION_INDEX', 'JOB_COMPLETIONS'],
];

/**
 * Parses `--shard`: `i/n` counts from 0; `auto` asks the launcher's variables; `auto/n` takes the count from here where the launcher does
 * not say it (Kubernetes).
 *
 * @throws SlidestreamError `cli/bad-shard`
 */
export function parseShard(text: string, environment: NodeJS.ProcessEnv = process.env): Shard {
  const explicit = /^(\d+)\/(\d+)$/.exec(text);
  if (explicit !== null) return checked(Number(explicit[1]), Number(explicit[2]), text);
  const auto = /^auto(?:\/(\d+))?$/.exec(text);
  if (auto === null) throw badShard(`"${text}" is neither i/n nor auto`);
  for (const [indexName, countName, firstName] of LAUNCHERS) {
    const index = environment[indexName];
    if (index === undefined || index === '') continue;
    const count = auto[1] ?? environment[countName];
    if (count === undefined) throw badShard(`${indexName} is set but ${countName} is not; say how many: --shard auto/n`);
    return checked(Number(index) - Number(firstName === undefined ? 0 : (environment[firstName] ?? 0)), Number(count), text);
  }
  throw badShard(`auto found none of ${LAUNCHERS.map(([name]) => name).join(', ')}`);
}

function checked(index: number, count: number, text: string): Shard {
  if (!(Number.isInteger(index) && Number.isInteger(count) && count >= 1 && index >= 0 && index < count)) {
    throw badShard(`"${text}" gives part ${index} of ${count}; parts count from 0`);
  }
  return { index, count };
}

function badShard(message: string): SlidestreamError {
  return new SlidestreamError({
    code: 'cli/bad-shard',
    category: 'usage',
    message: `--shard: ${message}`,
    hint: 'For example --shard 0/4 … --shard 3/4',
  });
}
