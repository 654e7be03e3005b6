import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { HostileResult } from './hostile-child.js';

/** A file on which nothing happens for so long hangs, however busy the machine is. */
const HANG_MS = 60_000;

/**
 * Reads mutated files in a process of its own.
 *
 * @param count mutations of each seed
 * @throws Error with the file on which the process ended, or hung
 */
export function runMutations(count: number): Promise<HostileResult> {
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
