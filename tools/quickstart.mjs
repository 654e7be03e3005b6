#!/usr/bin/env node
/**
 * `npm run quickstart`: sets up unless that is done, makes slides of two classes, runs the whole chain on them with the command line, and
 * compares the attention with where the positive tissue lies. `-- --slides DIR --labels CSV` runs on slides of one's own; `--out DIR` puts it elsewhere.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureSetUp } from './setup.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, 'packages/cli/bin/slidestream.js');
const source = ['--conditions=@slidestream/source', '--import', 'tsx'];

/** Runs Node with inherited output; a step that fails ends the quickstart with its exit code. */
async function step(args, allowed = [0]) {
  const code = await new Promise((done, fail) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
    const forward = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, forward);
    child.on('error', fail);
    child.on('close', (exit) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, forward);
      done(exit ?? 1);
    });
  });
  if (!allowed.includes(code)) process.exit(code);
}

function options() {
  try {
    const { values } = parseArgs({
      options: { slides: { type: 'string' }, labels: { type: 'string' }, out: { type: 'string' }, set: { type: 'string', multiple: true } },
    });
    if ((values.slides === undefined) !== (values.labels === undefined)) throw new Error('--slides and --labels belong together');
    return values;
  } catch (error) {
    console.error(`quickstart: ${error.message}\nUsage: npm run quickstart -- [--out DIR] [--slides DIR --labels CSV] [--set key=value …]`);
    process.exit(2);
  }
}

const { slides, labels, out, set = [] } = options();
const started = performance.now();
await ensureSetUp();
const folder = resolve(out ?? join(root, 'quickstart'));
const own = slides !== undefined;
const data = own
  ? { slides: resolve(slides), labels: resolve(labels) }
  : { slides: join(folder, 'slides'), labels: join(folder, 'labels.csv') };
if (!own) await step([...source, join(root, 'tools/quickstart/make-slides.ts'), folder]);
const run = join(folder, 'run');
const resume = existsSync(join(run, 'run.json')) ? ['--resume'] : [];
const sets = [`data.slides=${data.slides}`, `data.labels=${data.labels}`, ...set];
const args = ['run', '-c', 'configs/quickstart.yaml', '--out', run, ...resume, '--set', ...sets];
console.error(`\n$ npx slidestream ${args.map((arg) => (arg.startsWith(root) ? relative(root, arg) : arg)).join(' ')}`);
await step([cli, ...args], [0, 3]);
if (!own) await step([...source, join(root, 'tools/quickstart/check-attention.ts'), folder]);
console.log(`\nReport: ${join(run, 'report.html')}   (${((performance.now() - started) / 60_000).toFixed(1)} minutes in all)`);
