import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { randomStream } from '@slidestream/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const KILLS = 20;
const SEED = 11;

/** Trains a small head with a checkpoint every few steps, goes on where the folder says, and writes what it ended with. */
const SCRIPT = `
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { classification } from '@slidestream/classification';
import { randomStream } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { readSafetensors, writeSafetensors } from '@slidestream/formats';
import { heads } from '@slidestream/mil-heads';
import { adamW, fit, onFeatures } from '@slidestream/training';
import { checkpointFolder } from '@slidestream/training/node';
import { lastValueFrom } from 'rxjs';

const [folder] = process.argv.slice(-1);
await startEngine({ threads: 1 });
const build = () => onFeatures(heads.build({ name: 'abmil', innerDim: 16 }, { inputDim: 8, classes: 2 }, randomStream(1, 'init')));
const bag = (i) => {
  const random = randomStream(1, 'bag', i);
  return { ids: ['slide-' + i], targets: [{ label: i % 2 }], features: { data: Float32Array.from({ length: 80 }, () => random.normal()), bags: 1, instances: 10, width: 8 } };
};
const checkpoints = checkpointFolder(folder + '/checkpoints', { tensorFile: { write: writeSafetensors, read: readSafetensors } });
const { snapshot } = await checkpoints.newest();
process.stdout.write('ready ' + (snapshot?.progress.steps ?? 0) + '\\n');
await lastValueFrom(fit({
  model: build(), teacher: { model: build(), decay: 0.9 }, task: classification({ classes: ['a', 'b'] }), optimiser: adamW({ learningRate: 1e-2 }),
  epochs: 4, seed: 1, accumulate: 2, checkpoints, checkpointEverySteps: 3, resume: snapshot,
  batches: { plan: (epoch) => [...randomStream(1, 'order', epoch).permutation(25)], load: async (i) => bag(i) },
}));
const end = (await checkpoints.newest()).snapshot;
const digest = createHash('sha256').update(JSON.stringify(end.progress));
for (const dict of [end.weights, end.teacher, end.state]) for (const [name, { data }] of dict) digest.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
writeFileSync(folder + '/end', digest.digest('hex'));
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kill-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the script in `name`; kills it `killAfterMs` behind the start of training. @returns whether it came to its end */
function run(name: string, killAfterMs: number | null): Promise<boolean> {
  const child = spawn(
    process.execPath,
    ['--conditions=@slidestream/source', '--import', 'tsx', '--input-type=module', '--eval', SCRIPT, '--', join(folder, name)],
    { cwd: resolve(import.meta.dirname, '../..'), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  child.stdout.once('data', () => {
    if (killAfterMs !== null) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  });
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('exit', (code, signal) =>
      signal === null && code !== 0 ? fail(new Error(`the run ended with ${code}`)) : done(signal === null),
    );
  });
}

describe('kill -9', () => {
  it('at random instants changes nothing of what a run ends with', async () => {
    const started = Date.now();
    expect(await run('unbroken', null)).toBe(true);
    const longest = Math.max(500, (Date.now() - started) / 4);
    const expected = readFileSync(join(folder, 'unbroken', 'end'), 'utf8');
    const random = randomStream(SEED, 'kill');
    let kills = 0;
    for (let round = 0; kills < KILLS; round++) {
      for (let ended = false; !ended; ) {
        ended = await run(`run-${round}`, kills < KILLS ? random.uniform() * longest : null);
        if (!ended) kills++;
      }
      expect(readFileSync(join(folder, `run-${round}`, 'end'), 'utf8'), `seed ${SEED}, round ${round}, after ${kills} kills`).toBe(
        expected,
      );
    }
  });
});
