#!/usr/bin/env node
/**
 * `npm run bench [-- --json] [-- --peers] [-- --only NAME] [-- --pairs N]`: every `tools/bench/*.bench.ts` against its peer, measured in
 * turns. Prints medians, spread and ratio; more than 1 means that ours is faster. `--peers` installs the peers into the user's cache.
 */
import { existsSync, readdirSync } from 'node:fs';
import { register } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describeSetupError } from '../packages/core/native-build/index.js';
import { installPeers, peersPython } from './bench/peers.mjs';
import { ensureSetUp } from './setup.mjs';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'bench');
const args = process.argv.slice(2);
const argumentOf = (flag) => (args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined);
const json = args.includes('--json');
const only = argumentOf('--only');
const pairs = Math.max(5, Number(argumentOf('--pairs') ?? 5));
const say = (line) => (json ? console.error(line) : console.log(line));

await ensureSetUp();
try {
  if (args.includes('--peers')) await installPeers(say);
} catch (error) {
  console.error(describeSetupError(error));
  process.exit(1);
}
const python = peersPython();
if (python !== undefined) process.env.SLIDESTREAM_PEERS_PYTHON ??= python;
(await import('tsx/esm/api')).register();
register(pathToFileURL(join(folder, '../../packages/cli/bin/source-condition.js')).href);

const results = [];
for (const file of readdirSync(folder)
  .filter((name) => name.endsWith('.bench.ts'))
  .sort()) {
  if (only !== undefined && file !== `${only}.bench.ts`) continue;
  const { bench } = await import(join(folder, file));
  const result = await runBench(bench);
  results.push(result);
  say(describe(result));
}
if (json) console.log(JSON.stringify({ results }, null, 2));
if (results.length === 0) {
  console.error(`there is no bench ${only}`);
  process.exitCode = 2;
}

/** Measures in turns: one of ours, one of the peer's, so that a slower minute of the machine slows both. */
async function runBench(bench) {
  const base = { name: bench.name, unit: `${bench.unit}/s` };
  const absent = existsSync(join(folder, '../../..', 'shared')) ? 'peer not installed (--peers)' : 'peer or data absent';
  const ours = await bench.ours();
  if (ours === null) return { ...base, ours: null, peer: null, ratio: null, note: 'its data is absent' };
  const peer = (await bench.peer?.()) ?? null;
  const own = [];
  const theirs = [];
  try {
    for (let i = 0; i < pairs; i++) {
      own.push(await ours.measure());
      if (peer !== null) theirs.push(await peer.measure());
    }
  } finally {
    await ours.close();
    await peer?.close();
  }
  const result = { ...base, ours: median(own), oursSpread: spread(own), pairs };
  if (peer === null) return { ...result, peer: null, ratio: null, note: bench.peer === null ? 'nothing to compare with' : absent };
  const ratios = own.map((value, i) => value / theirs[i]);
  return { ...result, peer: median(theirs), peerSpread: spread(theirs), ratio: median(ratios), ratioSpread: spread(ratios) };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function spread(values) {
  return [Math.min(...values), Math.max(...values)];
}

function describe({ name, unit, ours, oursSpread, peer, peerSpread, ratio, ratioSpread, note }) {
  const range = ([low, high], digits) => `[${low.toFixed(digits)}–${high.toFixed(digits)}]`;
  if (ours === null) return `${name}: skipped, ${note}`;
  const own = `${name}: ours ${ours.toFixed(1)} ${unit} ${range(oursSpread, 1)}`;
  if (peer === null) return `${own}, ${note}`;
  return `${own}, peer ${peer.toFixed(1)} ${range(peerSpread, 1)}, ratio ${ratio.toFixed(2)} ${range(ratioSpread, 2)}`;
}
