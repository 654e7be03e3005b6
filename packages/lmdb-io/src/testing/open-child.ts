import { readFileSync, writeFileSync } from 'node:fs';
import { isSlidestreamError, randomStream } from '@slidestream/core';
import { createTileStore } from '../create-tile-store.js';
import { openTileStore } from '../open-tile-store.js';
import { testHeader } from './made-up-slides.js';

/** Opens truncated and mutated copies of a store for reading and for writing, and prints what came of each. */
const [source, target, cuts, changes] = process.argv.slice(2) as [string, string, string, string];
const whole = readFileSync(source);
const random = randomStream(3, 'hostile-stores');
const counts: Record<string, number> = {};
const count = (what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1;
};

async function attempt(kind: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    count(`${kind} fine`);
  } catch (error) {
    if (!isSlidestreamError(error)) throw error;
    count(`${kind} ${error.code}`);
  }
}

async function readAll(): Promise<void> {
  using store = openTileStore(target);
  for (const slide of store.slides) for (let index = 0; index < store.tileCount(slide); index++) store.tile(slide, index);
}

async function write(): Promise<void> {
  await (await createTileStore(target, testHeader)).close();
}

for (let i = 0; i < Number(cuts); i++) {
  const cut = whole.subarray(0, random.integer(whole.length));
  writeFileSync(target, cut);
  await attempt('cut', readAll);
  writeFileSync(target, cut);
  await attempt('cut-write', write);
}
for (let i = 0; i < Number(changes); i++) {
  const changed = Buffer.from(whole);
  // Half of the changes hit the meta pages and the tree, where they do most.
  const reach = i % 2 === 0 ? 8192 : changed.length;
  for (let n = 1 + random.integer(6); n > 0; n--) changed[random.integer(reach)] = random.integer(256);
  writeFileSync(target, changed);
  await attempt('changed', readAll);
}
process.stdout.write(JSON.stringify(counts));
