import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@slidestream/core';
import { createPackWorkers, packTiles } from '@slidestream/pipelines';
import { serveMeasurer } from './child-measurer.js';

const [coords = '', slides = '', processes = '2'] = process.argv.slice(2);
// The peer's pool is there before it is measured, too.
const workers = createPackWorkers(Number(processes));
await workers.ready();

const measure = async (): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'slidestream-bench-ours-'));
  const start = performance.now();
  const context = { logger: silentLogger, onProgress: () => undefined, signal: new AbortController().signal };
  const summary = await packTiles({ coords, slides: [slides], store: join(folder, 'tiles.lmdb'), workers }, context);
  const seconds = (performance.now() - start) / 1000;
  rmSync(folder, { recursive: true, force: true });
  if (summary.failures.length > 0) throw new Error(`${summary.failures.length} slides failed`);
  return Object.values(summary.tiles).reduce((sum, count) => sum + count, 0) / seconds;
};
// Both sides pack once before they are measured: libraries that load when they are first used are no part of the rate.
await measure();
await serveMeasurer(measure);
await workers.close();
