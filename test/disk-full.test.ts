import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli, shared } from './support/run-cli.js';

const cohort = resolve(shared, 'data/cohort/slides');
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

const present = existsSync(cohort);
const mounted = present && mountSmallDisk();
const why = present ? (mounted ? 'a tmpfs of 2 MB' : 'skipped: this user may not mount a tmpfs') : 'skipped: no ../shared';

afterAll(() => {
  if (mounted) execFileSync('umount', [disk]);
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(!mounted)(`a full disk (${why})`, () => {
  it('pack ends with 74 and says so; what was done stays, and it goes on when there is space', async () => {
    const tiles = join(folder, 'tiles');
    const slides = ['MOS-000.svs', 'MOS-001.svs', 'MOS-002.svs', 'MOS-003.svs', 'MOS-004.svs', 'MOS-005.svs'].map((name) =>
      join(cohort, name),
    );
    expect(
      (await runCli(['tile', ...slides, '--out', tiles, '--level', '0', '--patch-size', '224', '--preset', 'bwh_biopsy', '--no-pictures']))
        .code,
    ).toBe(0);
    const store = join(disk, 'tiles.lmdb');
    const pack = ['pack', '--coords', tiles, '--slides', ...slides, '--store', store, '--quality', '95'];
    const full = await runCli(pack);
    expect(full.signal).toBeNull();
    expect(full.code, full.stderr).toBe(74);
    expect(full.stderr).toMatch(/no space left/);
    execFileSync('mount', ['-o', 'remount,size=64m', disk]);
    const again = await runCli(pack);
    expect(again.code, again.stderr).toBe(0);
    expect((await runCli(['store', 'verify', store])).code).toBe(0);
  });
});
