#!/usr/bin/env node
/**
 * `npm run results [-- --heads abmil,gabmil] [-- --sets musk1,fox] [-- --repeats N] [-- --data DIR]`: trains every head on the classic MIL
 * sets by configs/mil-bags.yaml, one process for all, and writes the table into docs/results.md. abmil and gabmil over 5 × 10 folds, the
 * others over 1 × 10. What is done is kept in runs/results/ by recipe and taken up again.
 */
import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureSetUp } from './setup.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values } = parseArgs({
  options: { heads: { type: 'string' }, sets: { type: 'string' }, repeats: { type: 'string' }, data: { type: 'string' } },
});
const data = resolve(values.data ?? join(root, '../shared/data/bags'));
if (!existsSync(data)) {
  console.error(`results: there are no bags in ${data}; name their folder by --data`);
  process.exit(2);
}
await ensureSetUp();
(await import('tsx/esm/api')).register();
register(pathToFileURL(join(root, 'packages/cli/bin/source-condition.js')).href);
const { runResults } = await import(pathToFileURL(join(root, 'tools/results/mil-bags.ts')).href);
const list = (text) => text?.split(',').filter((name) => name !== '');
process.exitCode = await runResults({
  root,
  data,
  heads: list(values.heads),
  sets: list(values.sets),
  repeats: values.repeats === undefined ? undefined : Number(values.repeats),
});
