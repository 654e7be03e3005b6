#!/usr/bin/env node
import { existsSync } from 'node:fs';

// A checkout runs its sources, so that nothing need be built and nothing can be stale; an installed package has only dist.
// The same process does the work either way: whoever kills it kills the work.
const source = new URL('../src/main.ts', import.meta.url);
let entry = new URL('../dist/main.js', import.meta.url);
if (existsSync(source) && process.env.SLIDESTREAM_DIST === undefined) {
  try {
    const [tsx, { register }] = await Promise.all([import('tsx/esm/api'), import('node:module')]);
    tsx.register();
    register('./source-condition.js', import.meta.url);
    entry = source;
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('slidestream: the packages are not installed. Run `npm run setup` first.');
    process.exit(1);
  }
}
const { main } = await import(entry.href);
await main(process.argv.slice(2));
