import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seeded } from './kill-and-resume.js';
import { type CliResult, runCli } from './run-cli.js';
import { makeSmallCohort } from './small-cohort.js';

/** How often to kill, how much to train. */
export interface TrainingKills {
  readonly times: number;
  readonly epochs: number;
  readonly seed: number;
}

/** Tests that training from tiles, killed `times` times or asked to stop, and resumed, ends with the very bytes of an unbroken run. */
export function testKillsOfTraining({ times, epochs, seed }: TrainingKills): void {
  let folder: string;
  let quiet: string;
  let trainingMs: number;
  let train: (out: string, onStart?: (kill: (signal: NodeJS.Signals) => void) => void) => Promise<CliResult>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slidestream-train-kill-'));
    const { config } = await makeSmallCohort(folder, { epochs });
    train = (out, onStart) => {
      let started = false;
      return runCli(['train', '-c', config, '--out', out, '--resume'], {
        onStderr: (text, kill) => {
          if (started || !text.includes('steps ')) return;
          started = true;
          onStart?.(kill);
        },
      });
    };
    quiet = join(folder, 'quiet');
    let start = performance.now();
    const { code, stderr } = await train(quiet, () => {
      start = performance.now();
    });
    trainingMs = performance.now() - start;
    expect(code, stderr).toBe(0);
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(`train, killed ${times} times (seed ${seed}), ends with the weights and predictions of an unbroken run`, async () => {
    const random = seeded(seed);
    const out = join(folder, 'killed');
    let killed = 0;
    for (let i = 0; i < times; i++) {
      // Of the time of the whole run each gets its share, so that the last kill hits training too; every fifth hits the start.
      const afterMs = i % 5 === 4 ? 0 : (1.5 * random() * trainingMs) / times;
      const result = await train(out, (kill) => setTimeout(() => kill('SIGKILL'), afterMs));
      if (result.signal === 'SIGKILL') killed++;
      else expect(result.code, result.stderr).toBe(0);
    }
    const last = await train(out);
    expect(last.code, last.stderr).toBe(0);
    expect(killed).toBeGreaterThanOrEqual(Math.ceil(times / 2));
    expect(contentOf(out)).toEqual(contentOf(quiet));
  });

  it('train, asked to stop, ends with 75, says that it can go on, and goes on to the same weights', async () => {
    const out = join(folder, 'stopped');
    const stopped = await train(out, (kill) => kill('SIGINT'));
    expect(stopped.code, stopped.stderr).toBe(75);
    expect(stopped.stderr).toContain('--resume');
    const again = await train(out);
    expect(again.code, again.stderr).toBe(0);
    expect(contentOf(out)).toEqual(contentOf(quiet));
  });
}

/** What a run has learned: the hash of every tensor file that it kept, and its predictions. */
function contentOf(run: string): Readonly<Record<string, string>> {
  const files = readdirSync(join(run, 'checkpoints'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.safetensors'),
  );
  expect(files.length).toBeGreaterThan(1);
  const bytes = files.sort().map((name) => [name, sha256(join(run, 'checkpoints', name))] as const);
  return { ...Object.fromEntries(bytes), predictions: readFileSync(join(run, 'predictions.csv'), 'utf8') };
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
