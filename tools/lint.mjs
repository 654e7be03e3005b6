#!/usr/bin/env node
/**
 * `npm run lint`: project references (Nx), format and fast rules (Biome), layers and type rules (ESLint), types of sources and of tests (tsc), unused files and
 * exports (knip). Every check runs; the exit code says whether all passed. Names of checks as arguments run only these.
 */
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureSetUp } from './setup.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules/.bin', name);

/** @type {readonly (readonly [name: string, command: string, args: readonly string[]])[]} */
const CHECKS = [
  ['references', bin('nx'), ['sync:check']],
  ['biome', bin('biome'), ['ci', '--error-on-warnings', '.']],
  ['types', bin('tsc'), ['-b']],
  ['test types', bin('tsc'), ['-p', 'tsconfig.spec.json']],
  ['eslint', bin('eslint'), ['--cache', '--cache-location', 'node_modules/.cache/eslint/', 'packages', 'tools', 'test']],
  ['knip', bin('knip'), []],
];

function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
}

await ensureSetUp();
const wanted = process.argv.slice(2);
let failed = 0;
for (const [name, command, args] of CHECKS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const start = performance.now();
  const ok = await run(command, args);
  if (!ok) failed++;
  console.log(`lint: ${name} ${ok ? 'passed' : 'FAILED'} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}
process.exitCode = failed === 0 ? 0 : 1;
