import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { killAndResume, seeded, storeContent } from './kill-and-resume.js';
import { runCli, shared } from './run-cli.js';

const cohort = resolve(shared, 'data/cohort/slides');

/** Tests that tiling and packing, killed `times` times each and resumed, give what an unbroken run gives. */
export function testKillsOfPreparation({
  times,
  slides,
  seed,
}: {
  readonly times: number;
  readonly slides: number;
  readonly seed: number;
}): void {
  const present = existsSync(cohort);
  it.skipIf(!present)(
    `tile and pack, killed ${times} times each, give the same store (${present ? `seed ${seed}` : 'skipped: no ../shared'})`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'slidestream-kill-'));
      try {
        const input = join(folder, 'slides');
        mkdirSync(input);
        for (const name of readdirSync(cohort).sort().slice(0, slides)) symlinkSync(join(cohort, name), join(input, name));
        const tile = (out: string) => ['tile', input, '--out', out, '--level', '0', '--patch-size', '224', '--preset', 'bwh_biopsy'];
        const pack = (coords: string, store: string) => ['pack', '--coords', coords, '--slides', input, '--store', store];
        const timed = async (args: readonly string[]): Promise<number> => {
          const start = performance.now();
          const { code, stderr } = await runCli(args);
          expect(code, stderr).toBe(0);
          return performance.now() - start;
        };
        const quiet = join(folder, 'quiet');
        const tileMs = await timed(tile(quiet));
        const packMs = await timed(pack(quiet, join(folder, 'quiet.lmdb')));
        const random = seeded(seed);
        const broken = join(folder, 'broken');
        const tiling = await killAndResume(tile(broken), { times, wholeMs: tileMs, random });
        expect(readdirSync(join(broken, 'patches')).sort()).toEqual(readdirSync(join(quiet, 'patches')).sort());
        expect(readFileSync(join(broken, 'contours', readdirSync(join(quiet, 'contours'))[0] as string))).toEqual(
          readFileSync(join(quiet, 'contours', readdirSync(join(quiet, 'contours'))[0] as string)),
        );
        const packing = await killAndResume(pack(broken, join(folder, 'broken.lmdb')), { times, wholeMs: packMs, random });
        expect(tiling.killed + packing.killed).toBeGreaterThan(0);
        expect(await storeContent(join(folder, 'broken.lmdb'))).toEqual(await storeContent(join(folder, 'quiet.lmdb')));
        expect((await runCli(['store', 'verify', join(folder, 'broken.lmdb')])).code).toBe(0);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
}
