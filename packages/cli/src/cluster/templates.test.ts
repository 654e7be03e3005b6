import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClusterJob, kubernetesJob, slurmJob } from './templates.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-cluster-'));
afterAll(() => rmSync(folder, { recursive: true }));
const job: ClusterJob = {
  args: ['tile', "a b/it's", '--out', 'tiles', '--shard', 'auto'],
  tasks: 4,
  cpus: 2,
  memory: '8G',
  name: 'tiles',
  time: '1-00:00:00',
  image: 'slidestream:1',
  volume: 'slides',
};
const program = (name: string, text: string): void => {
  writeFileSync(join(folder, name), `#!/bin/bash\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
};
beforeAll(() => {
  program('scontrol', `echo "$@" > ${folder}/requeued`);
});

/** Runs a script with a `slidestream` that ends with `code`, or with 75 when it is asked to stop. */
async function run(shell: string, script: string, code: number, stop = false): Promise<number | null> {
  const wait = `echo > ${folder}/started; while :; do sleep 0.05; done`;
  program('slidestream', `printf '%s\\n' "$@" > ${folder}/args; trap 'exit 75' TERM; ${stop ? wait : `exit ${code}`}`);
  rmSync(join(folder, 'started'), { force: true });
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, SLURM_ARRAY_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '2' };
  const child = spawn(shell, ['-c', script], { env, stdio: 'inherit' });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  if (stop) {
    while (!existsSync(join(folder, 'started'))) await sleep(20);
    child.kill('SIGTERM');
  }
  return ended;
}

/** The script inside the Job. */
const containerScript = (): string => {
  const lines = kubernetesJob(job).split('\n');
  const from = lines.indexOf('            - |') + 1;
  return lines
    .slice(
      from,
      lines.findIndex((line, i) => i > from && !line.startsWith(' '.repeat(14))),
    )
    .map((line) => line.slice(14))
    .join('\n');
};

describe.each([
  ['a Slurm task', 'bash', () => slurmJob(job)],
  ['a pod', 'sh', containerScript],
])('%s', (_, shell, script) => {
  it.each([
    [0, 0],
    [3, 0],
    [2, 2],
    [65, 65],
    [74, 74],
  ])('of a worker that ends with %i ends with %i', async (code, expected) => {
    expect(await run(shell, script(), code)).toBe(expected);
    expect(readFileSync(join(folder, 'args'), 'utf8').trimEnd().split('\n')).toEqual(job.args);
  });
});

it('a Slurm task that has to stop lets the worker end and is queued again', async () => {
  expect(await run('bash', slurmJob(job), 0, true)).toBe(0);
  expect(readFileSync(join(folder, 'requeued'), 'utf8')).toBe('requeue 7_2\n');
  expect(slurmJob(job)).toContain('#SBATCH --array=0-3\n');
});

it('a pod that has to stop lets the worker end', async () => {
  expect(await run('sh', containerScript(), 0, true)).toBe(75);
});
