import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import type { HostileResult } from './hostile-child.js';

/** A file on which nothing happens for so long hangs, however busy the machine is. */
const HANG_MS = 60_000;

/** The most of the processor and of memory that reading one file, and all of them, may take. */
const MOST_MS = 5000;
const MOST_BYTES = 512 << 20;

/** Reads `count` mutations of each seed and expects that all together, `least` at least, are read or refused by name within bounds. */
export async function expectBounded(count: number, least: number): Promise<void> {
  const { outcomes, slowest, growth, peakBytes } = await runMutations(count);
  const each = Object.values(outcomes).flatMap((counts) => Object.values(counts));
  expect(each.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(least);
  expect(slowest.ms, slowest.file).toBeLessThan(MOST_MS);
  expect(peakBytes, growth.file).toBeLessThan(MOST_BYTES);
  // Mutations that break nothing or everything would test nothing.
  for (const [seed, counts] of Object.entries(outcomes)) expect(Object.keys(counts).length, seed).toBeGreaterThan(1);
}

/**
 * Reads mutated files in a process of its own.
 *
 * @param count mutations of each seed
 * @throws Error with the file on which the process ended, or hung
 */
function runMutations(count: number): Promise<HostileResult> {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const child = fork(fileURLToPath(new URL('./hostile-child.ts', import.meta.url)), [String(count)], {
    execArgv: ['--conditions=@slidestream/source', '--import', loader],
    env: { ...process.env, MALLOC_ARENA_MAX: '2', SLIDESTREAM_OPENSLIDE: '/nowhere' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let file = 'none';
    let said = '';
    let timer = setTimeout(() => undefined, 0);
    const watch = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`${file} hangs`));
      }, HANG_MS);
    };
    watch();
    child.stderr?.on('data', (bytes) => {
      said = `${said}${bytes}`.slice(-4000);
    });
    child.on('message', (message: string | HostileResult) => {
      watch();
      if (typeof message === 'string') file = message;
      else {
        clearTimeout(timer);
        resolve(message);
      }
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      reject(new Error(`the process ended at ${file}: ${signal ?? code}\n${said}`));
    });
  });
}
