#!/usr/bin/env node
/**
 * Lays the native tensor engine under @tensorflow/tfjs-node-gpu, for projects that install @slidestream/engine-node alone:
 * `npx slidestream-install-engine [--gpu] [--dry-run]`.
 */
import { describeSetupError } from '@slidestream/core/native-build';
import { findBinding, installEngine, planEngine } from './install/install-engine.js';

const flags = new Set(process.argv.slice(2));
const variant = flags.has('--gpu') ? 'gpu' : 'cpu';
const log = (line) => console.error(`engine: ${line}`);
try {
  for (const flag of flags) {
    if (!['--gpu', '--dry-run', '--help'].includes(flag)) throw new Error(`unknown option ${flag}`);
  }
  if (flags.has('--help')) {
    console.log(
      'slidestream-install-engine [--gpu] [--dry-run]\nLays libtensorflow (CPU, or CUDA 12 with --gpu) under the tensor binding and builds it.',
    );
  } else if (flags.has('--dry-run')) {
    for (const line of planEngine(variant)) console.log(line);
  } else {
    const done = await installEngine({ binding: findBinding(import.meta.dirname), variant, log });
    log(done ? `ready (${variant})` : `already there (${variant})`);
  }
} catch (error) {
  console.error(describeSetupError(error));
  process.exitCode = 1;
}
