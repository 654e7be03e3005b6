#!/usr/bin/env node
/**
 * All of the set-up: `node tools/setup.mjs [--gpu]`. Idempotent; once done it returns in a fraction of a second. Needs Node, Python 3 with
 * pip, a C++ compiler and make; plain JavaScript without packages, since it runs first.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeSetupError, SetupError } from '../packages/core/native-build/index.js';
import { checkNode, checkRoot } from './setup/prerequisites.mjs';
import { setUp } from './setup/steps.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Sets up unless that is done; prints and ends the process on failure. @param {readonly string[]} args */
export async function ensureSetUp(args = []) {
  try {
    checkNode();
    checkRoot(root);
    const variant = args.includes('--gpu') || process.env.SLIDESTREAM_ENGINE === 'gpu' ? 'gpu' : 'cpu';
    return await setUp({ root, variant }, (line) => console.error(`setup: ${line}`));
  } catch (error) {
    console.error(`\nsetup: ${describeSetupError(error)}`);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => !['--gpu', '--dry-run', '--help'].includes(arg));
  if (unknown !== undefined) {
    console.error(describeSetupError(new SetupError(`unknown option ${unknown}`, 'Usage: npm run setup [-- --gpu] [-- --dry-run]')));
    process.exit(2);
  }
  if (args.includes('--help')) {
    console.log(
      'npm run setup [-- --gpu] [-- --dry-run]\n  --gpu      the CUDA 12 build of the engine\n  --dry-run  print what the engine would fetch',
    );
  } else if (args.includes('--dry-run')) {
    const { ENGINE_WHEELS } = await import('../packages/engine-node/bin/install/wheels.js');
    const { library, cuda } = ENGINE_WHEELS[args.includes('--gpu') ? 'gpu' : 'cpu'];
    for (const { name, version, sha256 } of [library, ...cuda]) console.log(`${name}==${version} sha256:${sha256}`);
  } else {
    const start = performance.now();
    const ran = await ensureSetUp(args);
    console.error(`setup: ${ran.length === 0 ? 'nothing to do' : 'complete'} (${((performance.now() - start) / 1000).toFixed(2)} s)`);
  }
}
