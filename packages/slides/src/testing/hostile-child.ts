import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RandomStream, randomStream } from '@slidestream/core';
import { type HostileSeed, hostileSeeds } from './hostile-seeds.js';
import { readAll } from './read-all.js';

/** What a run over mutated files came to. */
export interface HostileResult {
  /** How often each file ended how: `valid`, or the code of its error. */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The longest that one file took of the processor, in ms, and which it was. */
  readonly slowest: { readonly ms: number; readonly file: string };
  /** The file that made the most memory be taken, in bytes beyond what was taken before. */
  readonly growth: { readonly bytes: number; readonly file: string };
  /** The most memory that the process ever had, in bytes. */
  readonly peakBytes: number;
}

/** Bytes of a file changed here and there, or cut. */
function mutate(bytes: Uint8Array, random: RandomStream): Uint8Array {
  // A Buffer's slice would be the same memory.
  const out = Uint8Array.from(bytes);
  const kind = random.integer(4);
  if (kind === 0) return out.subarray(0, random.integer(out.length));
  // Most of a slide is pixels: much of the damage goes to its two ends, where headers and directories are.
  const ends = [Math.min(64, out.length), Math.min(1500, out.length)] as const;
  const place = (): number => {
    const where = random.integer(4);
    if (where === 0) return random.integer(ends[0]);
    if (where === 1) return out.length - 1 - random.integer(ends[1]);
    return where === 2 ? random.integer(ends[1]) : random.integer(out.length);
  };
  const times = 1 + random.integer(8);
  for (let i = 0; i < times; i++) {
    const at = place();
    if (kind === 1) out[at] = random.integer(256);
    else if (kind === 2) out[at] = (out[at] as number) ^ (1 << random.integer(8));
    else out.fill([0, 255, 127, 128][random.integer(4)] as number, at, at + 1 + random.integer(8));
  }
  return out;
}

/** Opens and reads `count` mutations of every seed; tells the parent of each before it begins. */
async function run(count: number): Promise<HostileResult> {
  const folder = mkdtempSync(join(tmpdir(), 'slidestream-mutated-'));
  const outcomes: Record<string, Record<string, number>> = {};
  let slowest = { ms: 0, file: '' };
  let peakBytes = process.resourceUsage().maxRSS * 1024;
  let growth = { bytes: 0, file: '' };
  const attempt = async (seed: HostileSeed, file: string, bytes: Uint8Array): Promise<void> => {
    process.send?.(file);
    const path = join(folder, 'hostile.bin');
    writeFileSync(path, bytes);
    const before = process.cpuUsage();
    const outcome = await readAll(path, seed.reader);
    const { user, system } = process.cpuUsage(before);
    const ms = (user + system) / 1000;
    if (ms > slowest.ms) slowest = { ms, file };
    const peak = process.resourceUsage().maxRSS * 1024;
    if (peak - peakBytes > growth.bytes) growth = { bytes: peak - peakBytes, file: `${file} (${outcome})` };
    peakBytes = peak;
    const counts = outcomes[seed.name] ?? {};
    outcomes[seed.name] = counts;
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  };
  try {
    for (const seed of await hostileSeeds()) {
      const sound = await readAll(put(folder, seed.bytes), seed.reader);
      if (sound !== 'valid') throw new Error(`the sound file ${seed.name} ended in ${sound}`);
      for (let i = 0; i < count; i++) {
        await attempt(seed, `${seed.name} ${i}`, mutate(seed.bytes, randomStream('mutated', seed.name, i)));
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { outcomes, slowest, growth, peakBytes };
}

function put(folder: string, bytes: Uint8Array): string {
  const path = join(folder, 'hostile.bin');
  writeFileSync(path, bytes);
  return path;
}

process.send?.(await run(Number(process.argv[2])));
