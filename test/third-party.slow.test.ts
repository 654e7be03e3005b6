import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFeatureCohort } from './support/feature-cohort.js';
import { installPacked, installTarballOf } from './support/install-packed.js';
import { root } from './support/run-cli.js';
import { makeSmallCohort, type SmallCohort } from './support/small-cohort.js';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'slidestream-third-party-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let cohort: SmallCohort;

/** Somebody's head, built and packed against our packed packages, in a folder that knows nothing of this workspace. */
beforeAll(async () => {
  await installPacked(folder);
  const theirs = join(folder, 'theirs');
  cpSync(join(root, 'test/third-party'), theirs, { recursive: true });
  await run(process.execPath, [join(folder, 'node_modules/typescript/bin/tsc'), '-p', theirs], { cwd: theirs });
  await installTarballOf(theirs, folder);
  await makeFeatureCohort(folder);
  cohort = await makeSmallCohort(join(folder, 'cohort'), { epochs: 1 });
  const rows = readFileSync(cohort.labels, 'utf8').trim().split('\n');
  const split = (rows[0] as string).split(',').indexOf('fold');
  const table = rows.slice(1).map((row, i) => {
    const [name] = row.split(',');
    return `${name},${name},${10 + 7 * i},1,${row.split(',')[split]}`;
  });
  writeFileSync(join(folder, 'cohort/survival.csv'), `case,slide,time,event,fold\n${table.join('\n')}\n`);
}, 1_800_000);

/** Trains with the installed command line and gives back the summary. */
async function train(config: string, out: string, set: readonly string[] = []) {
  const bin = join(folder, 'node_modules/@slidestream/cli/bin/slidestream.js');
  const args = ['train', '-c', config, '--out', join(folder, out), ...(set.length === 0 ? [] : ['--set', ...set])];
  await run(process.execPath, [bin, ...args], { cwd: folder, maxBuffer: 2 ** 26 });
  return JSON.parse(readFileSync(join(folder, out, 'summary.json'), 'utf8'));
}

describe('a head of somebody else, named in the YAML', () => {
  const head = ['plugins=[top-attention]', 'head={name: top-attention, innerDim: 16, temperature: 0.5}'];

  it.each([
    ['classification', 'classes.csv', 'auc', 0.9],
    ['survival', 'survival.csv', 'cIndex', 0.6],
  ])('trains on features for %s', async (task, labels, metric, atLeast) => {
    const config = join(folder, `${task}.yaml`);
    writeFileSync(
      config,
      [
        'plugins: [top-attention]',
        `task: ${task}`,
        'mode: features',
        `data: { features: features, labels: ${labels} }`,
        'head: { name: top-attention, innerDim: 16, temperature: 0.5 }',
        'survival: { bins: 2 }',
        'training: { epochs: 40, batchSize: 4, optimiser: { learningRate: 0.01 } }',
        'evaluation: { checkpoint: last, bootstrap: 20 }',
        '',
      ].join('\n'),
    );
    const summary = await train(config, `run-${task}`);
    expect(summary.folds[0].test[metric].value).toBeGreaterThanOrEqual(atLeast);
  });

  it.each([
    ['classification', []],
    ['survival', ['task=survival', 'data.labels=cohort/survival.csv', 'survival.bins=2']],
  ] as const)('trains end to end for %s', async (task, more) => {
    const summary = await train(cohort.config, `run-e2e-${task}`, [...head, ...more]);
    expect(summary.task).toBe(task);
    expect(summary.folds[0].trainLoss).toBeGreaterThan(0);
  });

  it('holds against the contract by the installed suite', async () => {
    const vitest = join(folder, 'node_modules/vitest/vitest.mjs');
    const { stdout } = await run(process.execPath, [vitest, 'run', '--root', join(folder, 'theirs'), 'src'], {
      cwd: join(folder, 'theirs'),
    });
    expect(stdout).toMatch(/Tests\s+\d+ passed/);
  });

  it('is refused with its name when it is not installed', async () => {
    const error = await train(cohort.config, 'run-none', ['plugins=[top-attentoin]']).catch((thrown: { stderr: string }) => thrown.stderr);
    expect(error).toContain('plug-in "top-attentoin"');
  });
});
