import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTileStore } from '@slidestream/lmdb-io';
import { writeSyntheticCohort } from '@slidestream/testing';
import { expect, it } from 'vitest';
import { seeded, storeContent } from './kill-and-resume.js';
import { runCli } from './run-cli.js';

/** How many slides, workers and kills. */
export interface SharedKills {
  readonly slides: number;
  readonly workers: number;
  readonly kills: number;
  readonly seed: number;
  /** Whether tiling is shared too; packing is. */
  readonly tile: boolean;
}

/** Tests that workers that share a folder, of which some are killed while they have slides, end with what a single one makes. */
export function testKillsOfSharedWork(options: SharedKills): void {
  const { slides, workers, kills, seed } = options;
  it(`${workers} workers on one folder, ${kills} kills a stage (seed ${seed}): the store of a single worker`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slidestream-shared-'));
    try {
      await writeSyntheticCohort(folder, {
        seed,
        slides: { train: slides, val: 0, test: 0 },
        widthPx: 1024,
        heightPx: 768,
        downsamples: [4],
      });
      const input = join(folder, 'slides');
      const tile = (out: string): string[] => [
        'tile',
        input,
        '--out',
        out,
        '--level',
        '0',
        '--patch-size',
        '128',
        '--a-t',
        '0',
        '--jobs',
        '1',
      ];
      const pack = (coords: string, store: string): string[] => [
        'pack',
        '--coords',
        coords,
        '--slides',
        input,
        '--store',
        store,
        '--jobs',
        '1',
      ];
      const quiet = { tiles: join(folder, 'quiet'), store: join(folder, 'quiet.lmdb') };
      const shared = { tiles: join(folder, 'shared'), store: join(folder, 'shared.lmdb') };
      for (const args of [tile(quiet.tiles), pack(quiet.tiles, quiet.store)]) {
        const { code, stderr } = await runCli(args);
        expect(code, stderr).toBe(0);
      }
      const random = seeded(seed);
      const tiling = await share(tile(shared.tiles), join(shared.tiles, '.work'), { ...options, random });
      const packing = await share([...pack(shared.tiles, shared.store), '--shared'], `${shared.store}.work`, { ...options, random });
      expect([tiling.killed, packing.killed]).toEqual([kills, kills]);
      expect(tiling.doneTwice.concat(packing.doneTwice)).toEqual([]);
      // A slide that was whole when its worker was killed is found to be there.
      const list = (out: string): string =>
        readFileSync(join(out, 'process_list_autogen.csv'), 'utf8').replaceAll('already_exist', 'processed');
      expect(list(shared.tiles)).toBe(list(quiet.tiles));
      expect(await storeContent(shared.store)).toEqual(await storeContent(quiet.store));
      expect(slidesOf(shared.store)).toEqual(slidesOf(quiet.store));
      expect((await runCli(['store', 'verify', shared.store])).code).toBe(0);
      expect(filesIn(`${shared.store}.work`).filter((name) => /\.lmdb|\.part/.test(name))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** Keeps so many workers at one command until all of them end by themselves, and kills (-9) some that have a slide. */
async function share(
  args: readonly string[],
  ledger: string,
  options: SharedKills & { readonly random: () => number },
): Promise<{ readonly killed: number; readonly doneTwice: readonly string[] }> {
  const { workers, kills, slides, random } = options;
  let killed = 0;
  // Kills are spread over the slides: the next one comes when so many attempts have begun.
  let next = 1;
  const timer = setInterval(() => {
    const names = filesIn(join(ledger, 'slides'));
    const leases = names.filter((name) => name.endsWith('.lease'));
    const held = leases.filter((name) => !names.includes(name.replace(/lease$/, 'done')));
    if (killed >= kills || leases.length < next || held.length === 0) return;
    if (!killHolder(ledger, held[Math.floor(random() * held.length)] as string)) return;
    killed++;
    next = leases.length + Math.ceil(random() * (slides / kills));
  }, 15);
  const work = async (): Promise<void> => {
    for (;;) {
      const { code, signal, stderr } = await runCli([...args, '--lease-seconds', '20']);
      if (signal === 'SIGKILL') continue;
      expect(code, stderr).toBe(0);
      return;
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    clearInterval(timer);
  }
  const done = filesIn(join(ledger, 'slides')).flatMap((name) => /^(.*)\.\d+\.done$/.exec(name)?.[1] ?? []);
  expect(new Set(done).size).toBe(slides);
  return { killed, doneTwice: done.filter((slide, i) => done.indexOf(slide) !== i) };
}

function killHolder(ledger: string, lease: string): boolean {
  try {
    const { worker } = JSON.parse(readFileSync(join(ledger, 'slides', lease), 'utf8')) as { worker: string };
    const { pid } = JSON.parse(readFileSync(join(ledger, 'workers', `${worker}.json`), 'utf8')) as { pid: number };
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    // It ended, or its file was read while it was written: the next look sees another.
    return false;
  }
}

function slidesOf(path: string): readonly string[] {
  using store = openTileStore(path);
  return [...store.slides];
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
}
