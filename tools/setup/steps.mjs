import { dependencies } from './dependencies.mjs';
import { engine } from './engine.mjs';
import { lmdb } from './lmdb.mjs';
import { checkPrerequisites } from './prerequisites.mjs';

/**
 * One part of the set-up.
 *
 * @typedef {object} SetupStep
 * @property {string} name
 * @property {(options: SetupOptions) => Promise<boolean> | boolean} isDone - fast: it is asked at every start
 * @property {(options: SetupOptions, log: (line: string) => void) => Promise<void>} run
 *
 * @typedef {{ root: string, variant: 'cpu' | 'gpu' }} SetupOptions
 */

/** In this order; a step that installs packages undoes those behind it, which then find themselves undone. */
const STEPS = [dependencies, engine, lmdb];

/**
 * Does what is still to do and nothing else.
 *
 * @param {SetupOptions} options
 * @param {(line: string) => void} log
 * @returns {Promise<readonly string[]>} the steps that ran
 */
export async function setUp(options, log) {
  const ran = [];
  for (const step of STEPS) {
    if (await step.isDone(options)) continue;
    if (ran.length === 0) await checkPrerequisites(options, log);
    log(`${step.name} …`);
    const start = Date.now();
    await step.run(options, (line) => log(`${step.name}: ${line}`));
    log(`${step.name} done in ${((Date.now() - start) / 1000).toFixed(0)} s`);
    ran.push(step.name);
  }
  return ran;
}
