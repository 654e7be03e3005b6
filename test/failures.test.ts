import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSyntheticSlide, writeTiff } from '@slidestream/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, runCli } from './support/run-cli.js';
import { makeSmallCohort, type SmallCohort, smallTiling } from './support/small-cohort.js';

const stack = /\n\s+at .*\(?(file:|node:|\/)/;

let folder: string;
let cohort: SmallCohort;
/** A finished run on the cohort. */
let run: string;
/** A slide whose file ends in its middle, and a folder with it and a sound one. */
let corrupt: string;
let mixed: string;
/** A slide that does not say its pixel size. */
let unscaled: string;
/** A store whose file ends in its middle. */
let truncated: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slidestream-failures-'));
  cohort = await makeSmallCohort(folder, { epochs: 1 });
  run = at('run');
  const trained = await runCli(['train', '-c', cohort.config, '--out', run]);
  expect(trained.code, trained.stderr).toBe(0);
  mixed = at('mixed');
  mkdirSync(mixed);
  corrupt = join(mixed, 'SYN-001.svs');
  const sound = readFileSync(join(cohort.slides, 'SYN-001.svs'));
  writeFileSync(corrupt, sound.subarray(0, Math.floor(sound.length / 2)));
  symlinkSync(join(cohort.slides, 'SYN-000.svs'), join(mixed, 'SYN-000.svs'));
  const { levels } = makeSyntheticSlide({ id: 'X', label: 'tumor', seed: 5, widthPx: 512, heightPx: 512, downsamples: [4] });
  unscaled = at('unscaled.tif');
  writeFileSync(unscaled, await writeTiff({ levels }));
  truncated = at('truncated.lmdb');
  const store = readFileSync(cohort.store);
  writeFileSync(truncated, store.subarray(0, Math.floor(store.length / 2)));
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** That a verb ended with `code`, without a crash or a stack, and that it says each of `says`. */
async function expectEnd(args: readonly string[], code: number, ...says: readonly string[]): Promise<CliResult> {
  const result = await runCli(args);
  const said = `${result.stdout}\n${result.stderr}`;
  expect(result.signal, said).toBeNull();
  expect(result.code, said).toBe(code);
  expect(said).not.toMatch(stack);
  for (const one of says) expect(said).toContain(one);
  return result;
}

const cut = ['the file ends before what it refers to', 'Copy or download the file again'];

describe('a corrupt slide', () => {
  it('by itself ends with 65 and what, where and what to do', async () => {
    const region = ['--x', '0', '--y', '0', '--width', '64', '--height', '64', '--out', at('region.png')];
    await expectEnd(['info', corrupt], 65, corrupt, ...cut);
    await expectEnd(['region', corrupt, ...region], 65, corrupt, ...cut);
    await expectEnd(['tile', corrupt, '--out', at('tiles-corrupt'), ...smallTiling], 65, corrupt, ...cut);
    await expectEnd(['pack', '--coords', cohort.tiles, '--slides', corrupt, '--store', at('corrupt.lmdb')], 65, corrupt, ...cut);
    await expectEnd(['heatmap', run, '--slide', corrupt, '--out', at('heatmap')], 65, corrupt, ...cut);
    expect(existsSync(at('region.png'))).toBe(false);
  });

  it('among others is left out by name, and the verb ends with 3', async () => {
    await expectEnd(['info', mixed], 3, corrupt, ...cut);
    await expectEnd(['tile', mixed, '--out', at('tiles-mixed'), ...smallTiling], 3, 'left out SYN-001: slide/truncated', ...cut);
    await expectEnd(
      ['pack', '--coords', cohort.tiles, '--slides', mixed, '--store', at('mixed.lmdb')],
      3,
      'left out SYN-001: slide/truncated',
      ...cut,
    );
    const embed = ['--encoder', 'r18', '--input-size', '32', '--out', at('features-mixed')];
    await expectEnd(['embed', '--slides', mixed, '--coords', cohort.tiles, ...embed], 3, 'left out SYN-001: slide/truncated', ...cut);
    const { stdout } = await expectEnd(['predict', run, '--slides', mixed], 3, 'left out SYN-001', ...cut);
    expect(stdout).toContain('0,predict,SYN-000,SYN-000');
    expect(stdout).not.toContain('SYN-001');
  });
});

describe('a truncated store', () => {
  it('ends with 65 and both sizes, and nothing is written', async () => {
    const says = [truncated, 'the store needs', 'It is cut off; copy it again'];
    await expectEnd(['store', 'stat', truncated], 65, ...says);
    await expectEnd(['store', 'verify', truncated], 65, ...says);
    await expectEnd(['embed', '--store', truncated, '--encoder', 'r18', '--out', at('features-truncated')], 65, ...says);
    await expectEnd(['predict', run, '--store', truncated], 65, ...says);
    await expectEnd(['train', '-c', cohort.config, '--set', `data.stores=${truncated}`, '--out', at('run-truncated')], 65, ...says);
    expect(existsSync(at('run-truncated'))).toBe(false);
    expect(existsSync(at('features-truncated'))).toBe(false);
  });

  it('is not packed into', async () => {
    const pack = ['pack', '--coords', cohort.tiles, '--slides', cohort.slides, '--store', truncated];
    await expectEnd(pack, 65, truncated, 'the store needs');
  });
});

describe('a wrong configuration', () => {
  it('ends with 2, and every fault is named by line and column before anything is made', async () => {
    const wrong = at('wrong.yaml');
    writeFileSync(
      wrong,
      'task: classification\ndata: { slides: slides, labels: labels.csv }\ntraning: { epochs: 2 }\nhead: { name: abmli }\n',
    );
    for (const verb of ['train', 'run']) {
      const { stderr } = await expectEnd([verb, '-c', wrong, '--out', at('wrong')], 2, `${wrong}:3:1 traning: unknown key`);
      expect(stderr).toContain(`${wrong}:4:15 head.name: there is no head "abmli"`);
      expect(stderr).toContain('Did you mean "training"?');
    }
    await expectEnd(['train', '-c', cohort.config, '--set', 'training.epoch=3', '--out', at('wrong')], 2, 'Did you mean "epochs"?');
    expect(existsSync(at('wrong'))).toBe(false);
  });
});

describe('a missing pixel size', () => {
  it('is asked for, and --slide-mpp gives it', async () => {
    const region = ['region', unscaled, '--x', '0', '--y', '0', '--width', '64', '--height', '64', '--mpp', '1', '--out', at('mpp.png')];
    await expectEnd(region, 65, unscaled, 'does not say its pixel size', '--slide-mpp');
    await expectEnd([...region, '--slide-mpp', '0.5'], 0);
    const tile = ['tile', unscaled, '--out', at('tiles-unscaled'), ...smallTiling];
    await expectEnd(tile, 65, 'left out unscaled: tiling/mpp-unknown', '--slide-mpp');
    await expectEnd([...tile, '--slide-mpp', '0.5'], 0);
    await expectEnd(['predict', run, '--slides', unscaled], 65, 'unscaled', '--slide-mpp');
    await expectEnd(['predict', run, '--slides', unscaled, '--slide-mpp', '0.5'], 0);
    await expectEnd(['heatmap', run, '--slide', unscaled, '--out', at('heatmap')], 65, '--slide-mpp');
  });
});

describe('what is asked for and is not there', () => {
  it('ends with 2 or 74, and makes nothing', async () => {
    const nowhere = at('nowhere');
    for (const verb of [
      ['evaluate', nowhere],
      ['report', nowhere],
      ['predict', nowhere, '--store', cohort.store],
      ['heatmap', nowhere, '--slide', unscaled, '--out', at('heatmap')],
    ]) {
      await expectEnd(verb, 2, nowhere, 'this folder holds no run');
      expect(existsSync(nowhere)).toBe(false);
    }
    await expectEnd(['evaluate', run, '--split', 'tset'], 2, 'tset');
    await expectEnd(['predict', run], 2, 'either a tile store or slides');
    await expectEnd(['predict', run, '--store', cohort.store, '--fold', '7'], 2, 'fold 7');
    await expectEnd(['heatmap', run, '--slide', nowhere, '--out', at('heatmap')], 74, nowhere);
    await expectEnd(['tile', nowhere, '--out', at('t'), ...smallTiling], 74, nowhere);
    await expectEnd(['tile', mixed, '--out', at('t'), ...smallTiling, '--contour-fn', 'five_pt'], 2, 'five_pt');
    await expectEnd(['pack', '--coords', nowhere, '--slides', mixed, '--store', at('n.lmdb')], 2, nowhere, 'has coordinates');
    await expectEnd(['train', '-c', nowhere, '--out', at('t')], 74, nowhere);
    const embed = ['embed', '--store', cohort.store, '--encoder', 'r18', '--out', at('features')];
    await expectEnd(['embed', '--store', nowhere, '--encoder', 'r18', '--out', at('features')], 74, nowhere);
    await expectEnd([...embed, '--format', 'xyz'], 2, 'xyz');
    await expectEnd([...embed, '--weights', nowhere], 74, nowhere);
    await expectEnd(['embed', '--store', cohort.store, '--encoder', 'r81', '--out', at('features')], 2, 'r81', 'Did you mean');
  });

  it('is named where a store does not hold a slide', async () => {
    const embed = ['embed', '--store', cohort.store, '--encoder', 'r18', '--out', at('features')];
    await expectEnd([...embed, '--only', 'SYN-000', 'nosuch'], 2, 'nosuch');
    await expectEnd(['embed', '--encoder', 'r18', '--out', at('features')], 2, '--store or --slides');
    await expectEnd(['embed', '--slides', mixed, '--encoder', 'r18', '--out', at('features')], 2, 'at which scale');
    expect(existsSync(at('features'))).toBe(false);
  });
});
