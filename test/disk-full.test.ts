import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CliResult, runCli } from './support/run-cli.js';
import { makeSmallCohort, type SmallCohort, smallTiling } from './support/small-cohort.js';

const folder = mkdtempSync(join(tmpdir(), 'slidestream-full-'));
const disk = join(folder, 'disk');
mkdirSync(disk);

/** A disk of 2 MB, where this user may mount one. */
function mountSmallDisk(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const mounted = mountSmallDisk();
const why = mounted ? 'a tmpfs of 2 MB' : 'skipped: this user may not mount a tmpfs';

describe.skipIf(!mounted)(`a full disk (${why})`, () => {
  let cohort: SmallCohort;
  let run: string;
  beforeAll(async () => {
    cohort = await makeSmallCohort(folder, { epochs: 1 });
    run = join(folder, 'run');
    const { code, stderr } = await runCli(['train', '-c', cohort.config, '--out', run]);
    expect(code, stderr).toBe(0);
  }, 300_000);
  afterEach(() => {
    for (const name of readdirSync(disk)) rmSync(join(disk, name), { recursive: true });
  });
  afterAll(() => {
    execFileSync('umount', [disk]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** Leaves `bytes` of the disk free. */
  const fill = (bytes: number): void => writeFileSync(join(disk, 'ballast'), new Uint8Array((1 << 21) - bytes));
  const makeSpace = (): void => rmSync(join(disk, 'ballast'));

  async function expectFull(args: readonly string[]): Promise<CliResult> {
    const result = await runCli(args);
    expect(result.signal, result.stderr).toBeNull();
    expect(result.code, `${result.stdout}\n${result.stderr}`).toBe(74);
    expect(result.stderr).toMatch(/no space left/);
    expect(result.stderr).toContain(disk);
    expect(result.stderr).not.toMatch(/\n\s+at /);
    return result;
  }

  async function expectDone(args: readonly string[]): Promise<void> {
    const { code, stderr } = await runCli(args);
    expect(code, stderr).toBe(0);
  }

  /** Nothing that is torn stands under a final name. */
  const files = (path: string): string[] =>
    existsSync(path) ? readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(path, name)).isFile()) : [];

  it('ends pack with 74; what was done stays, and it goes on when there is space', async () => {
    const store = join(disk, 'tiles.lmdb');
    const pack = ['pack', '--coords', cohort.tiles, '--slides', cohort.slides, '--store', store, '--quality', '95'];
    fill(400_000);
    await expectFull(pack);
    makeSpace();
    await expectDone(pack);
    await expectDone(['store', 'verify', store]);
  });

  it('ends tile with 74, and it goes on when there is space', async () => {
    const out = join(disk, 'tiles');
    const tile = ['tile', cohort.slides, '--out', out, ...smallTiling];
    fill(24_000);
    await expectFull(tile);
    makeSpace();
    await expectDone(tile);
    expect(readdirSync(join(out, 'patches')).sort()).toEqual(readdirSync(join(cohort.tiles, 'patches')).sort());
  });

  it('ends embed with 74 and without torn features', async () => {
    const out = join(disk, 'features');
    const embed = ['embed', '--store', cohort.store, '--encoder', 'r18', '--input-size', '32', '--out', out];
    fill(64_000);
    await expectFull(embed);
    makeSpace();
    await expectDone(embed);
    // What workers tell each other lies in .work.
    expect(
      files(out)
        .filter((name) => !name.startsWith('.work'))
        .sort(),
    ).toEqual(['SYN-000.pt', 'SYN-001.pt', 'SYN-002.pt', 'SYN-003.pt', 'SYN-004.pt']);
  });

  it('ends train with 74 and without a torn checkpoint', async () => {
    fill(1 << 20);
    const out = join(disk, 'run');
    await expectFull(['train', '-c', cohort.config, '--out', out]);
    expect(files(out).filter((name) => name.endsWith('.safetensors'))).toEqual([]);
  });

  it('ends region, predict, heatmap and report with 74, and no file is there', async () => {
    fill(4096);
    const slide = join(cohort.slides, 'SYN-001.svs');
    const at = ['--x', '0', '--y', '0', '--width', '512', '--height', '512'];
    await expectFull(['region', slide, ...at, '--out', join(disk, 'region.png')]);
    await expectFull(['heatmap', run, '--slide', slide, '--out', join(disk, 'heatmap')]);
    await expectFull(['report', run, '--out', join(disk, 'report.html')]);
    writeFileSync(join(disk, 'more'), new Uint8Array(4096));
    await expectFull(['predict', run, '--store', cohort.store, '--out', join(disk, 'predictions.csv')]);
    expect(files(disk).filter((name) => name.endsWith('.csv') || name.endsWith('.html') || name === 'region.png')).toEqual([]);
    expect(readFileSync(join(run, 'predictions.csv'), 'utf8')).toContain('SYN-004');
  });
});
