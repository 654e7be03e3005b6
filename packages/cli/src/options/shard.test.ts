import { describe, expect, it } from 'vitest';
import { parseShard } from './shard.js';

describe('parseShard', () => {
  it.each([
    ['0/4', {}, { index: 0, count: 4 }],
    ['auto', { SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_TASK_COUNT: '4', SLURM_ARRAY_TASK_MIN: '5' }, { index: 2, count: 4 }],
    ['auto', { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '2' }, { index: 1, count: 2 }],
    ['auto/3', { JOB_COMPLETION_INDEX: '2' }, { index: 2, count: 3 }],
  ])('%s with %j', (text, environment, expected) => {
    expect(parseShard(text, environment)).toEqual(expected);
  });

  it.each([
    ['4/4', {}],
    ['1', {}],
    ['-1/2', {}],
    ['0/0', {}],
    ['auto', {}],
    ['auto', { JOB_COMPLETION_INDEX: '2' }],
  ])('refuses %s with %j', (text, environment) => {
    expect(() => parseShard(text, environment)).toThrow(/--shard/);
  });
});
