import { SlidestreamError } from '@slidestream/core';
import { InvalidArgumentError } from 'commander';
import { type ClusterJob, kubernetesJob, slurmJob } from '../cluster/templates.js';
import { numberOption } from '../options/numbers.js';
import type { ConfigureVerb } from '../verb.js';

interface ClusterOptions {
  readonly tasks: number;
  readonly cpus: number;
  readonly memory: string;
  readonly time: string;
  readonly name: string;
  readonly image: string;
  readonly volume: string;
}

/** Verbs whose workers share slides. */
const SHARING = ['tile', 'pack', 'embed'];

/** `slidestream cluster slurm|k8s -- VERB …` */
export const configure: ConfigureVerb = (command, act) => {
  const count = numberOption({ integer: true, atLeast: 1 });
  for (const [name, what, example] of [
    ['slurm', 'a Slurm array job', 'slidestream cluster slurm --tasks 16 --cpus 8 -- tile slides/ --out tiles --mpp 0.5 > tile.sbatch'],
    [
      'k8s',
      'a Kubernetes indexed Job',
      'slidestream cluster k8s --tasks 16 --image registry/slidestream:0.1 -- pack --coords /data/tiles --slides /data/slides --store /data/tiles.lmdb',
    ],
  ] as const) {
    const kind = command
      .command(name)
      .description(`${what} that runs a verb with --shard auto`)
      .argument('<verb...>', 'tile, pack or embed with its options, after --')
      .option('--tasks <n>', 'workers', count, 8)
      .option('--cpus <n>', 'cores of each', count, 4)
      .option('--memory <size>', 'memory of each, as 16G', size, '16G')
      .option('--name <name>', 'name of the job', jobName, 'slidestream');
    if (name === 'slurm') kind.option('--time <limit>', 'longest time of each', '24:00:00');
    else {
      kind
        .option('--image <image>', 'container image with slidestream', 'slidestream:latest')
        .option('--volume <claim>', 'claim of a volume that all workers can write, seen as /data', jobName, 'slides');
    }
    kind.addHelpText('after', `\nWorkers that are started again go on where they were.\n\nExample:\n  ${example}`).action(
      act(async (_, verb: string[], options: ClusterOptions) => {
        const job: ClusterJob = { ...options, args: argumentsOf(verb) };
        const text = name === 'slurm' ? slurmJob(job) : kubernetesJob(job);
        return { json: { kind: name, job: text }, text };
      }),
    );
  }
};

function argumentsOf(verb: readonly string[]): string[] {
  const [name = ''] = verb;
  if (!SHARING.includes(name)) throw usage(`${name} shares no slides among workers`, `Give one of ${SHARING.join(', ')} after --`);
  if (verb.includes('--shard')) throw usage('--shard is set by the job', 'Leave it out');
  const shared = name === 'pack' && !verb.includes('--shared') ? ['--shared'] : [];
  return [...verb, ...shared, '--shard', 'auto'];
}

function size(text: string): string {
  if (/^[1-9]\d*[MGT]$/.test(text)) return text;
  throw new InvalidArgumentError('must be a number and M, G or T.');
}

function jobName(text: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,50}[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('must be small letters, digits and dashes.');
}

function usage(message: string, hint: string): SlidestreamError {
  return new SlidestreamError({ code: 'cli/usage', category: 'usage', message, hint });
}
