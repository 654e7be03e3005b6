import { createHash } from 'node:crypto';
import { openTileStore } from '@slidestream/lmdb-io';
import { runCli } from './run-cli.js';

/** What a killed-and-resumed command did. */
export interface KillReport {
  /** How many runs were killed before they were through. */
  readonly killed: number;
  /** Output of the run that was let through. */
  readonly stdout: string;
}

/**
 * Runs a command again and again, killing it (-9) at a random instant each time, `times` times in all, then lets it through.
 *
 * @param random - 0 to 1; seeded by the caller, so that a failure can be repeated
 */
export async function killAndResume(
  args: readonly string[],
  options: { readonly times: number; readonly wholeMs: number; readonly random: () => number },
): Promise<KillReport> {
  let killed = 0;
  for (let i = 0; i < options.times; i++) {
    const result = await runCli(args, { killAfterMs: Math.round(options.wholeMs * (0.15 + 0.85 * options.random())) });
    if (result.signal === 'SIGKILL') killed++;
    else if (result.code !== 0) throw new Error(`run ${i} ended with ${result.code}: ${result.stderr}`);
  }
  const last = await runCli([...args, '--json']);
  if (last.code !== 0) throw new Error(`the last run ended with ${last.code}: ${last.stderr}`);
  return { killed, stdout: last.stdout };
}

/** A reproducible source of numbers from 0 to 1 (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What a store holds, whatever its pages: per slide its records, and a hash of every tile in order. */
export async function storeContent(path: string): Promise<Readonly<Record<string, unknown>>> {
  using store = openTileStore(path);
  const content: Record<string, unknown> = {};
  for (const slide of [...store.slides].sort()) {
    const hash = createHash('sha256');
    for await (const { jpeg } of store.tiles(slide)) hash.update(jpeg);
    content[slide] = { tiles: store.tileCount(slide), info: store.slideInfo(slide), sha256: hash.digest('hex') };
  }
  return content;
}
