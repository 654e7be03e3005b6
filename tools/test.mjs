#!/usr/bin/env node
/**
 * `npm test`: sets up unless that is done, runs the test lanes and ends with `N passed, N failed` alone on a line. `--slow` adds the long
 * lane; other arguments go to vitest (a path, `-t NAME`, `--project NAME`).
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureSetUp } from './setup.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MOST_PRINTED = 60;

/** Runs vitest and reads its report. @param {readonly string[]} args @returns {Promise<{ passed: number, failed: number, code: number }>} */
async function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'slidestream-test-'));
  const report = join(folder, 'report.json');
  const slow = args.includes('--slow');
  const rest = args.filter((arg) => arg !== '--slow');
  const lanes = rest.some((arg) => arg.startsWith('--project')) ? [] : ['fast', 'engine', 'process', ...(slow ? ['slow'] : [])];
  const vitest = [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    ...lanes.flatMap((lane) => ['--project', lane]),
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    ...rest,
  ];
  try {
    const code = await new Promise((resolve, reject) => {
      const child = spawn(process.execPath, vitest, { cwd: root, stdio: 'inherit' });
      child.on('error', reject);
      child.on('close', (exit) => resolve(exit ?? 1));
    });
    return summarise(readReport(report), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Counts tests; a file that could not even be loaded counts as one failure, and so does a run without a report. */
function summarise(report, code) {
  if (report === undefined) return { passed: 0, failed: 1, code: code === 0 ? 1 : code };
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  );
  const failures = report.testResults.flatMap((file) =>
    file.assertionResults.filter(({ status }) => status === 'failed').map((test) => `${relative(root, file.name)}: ${test.fullName}`),
  );
  for (const { name, message } of unloaded) failures.push(`${relative(root, name)}: ${String(message).split('\n')[0]}`);
  if (failures.length > 0)
    console.log(
      `\nfailed:\n${failures
        .slice(0, MOST_PRINTED)
        .map((line) => `  ${line}`)
        .join('\n')}`,
    );
  if (failures.length > MOST_PRINTED) console.log(`  and ${failures.length - MOST_PRINTED} more`);
  const failed = Math.max(failures.length, code === 0 ? 0 : 1);
  return { passed: report.numPassedTests, failed, code: failed > 0 ? code || 1 : 0 };
}

await ensureSetUp();
const { passed, failed, code } = await runTests(process.argv.slice(2));
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = code;
