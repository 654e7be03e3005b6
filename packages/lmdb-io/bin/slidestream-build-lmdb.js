#!/usr/bin/env node
import { describeSetupError } from '@slidestream/core/native-build';
import { buildLmdb } from './build-lmdb.js';

try {
  const how = await buildLmdb({ force: process.argv.includes('--force'), log: (line) => console.error(line) });
  console.error({ built: 'LMDB is built', cached: 'LMDB is taken from the cache', present: 'LMDB is built already' }[how]);
} catch (error) {
  console.error(describeSetupError(error));
  process.exitCode = 1;
}
