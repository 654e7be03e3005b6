import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { openTileStore } from '@slidestream/lmdb-io';
import { askedSlides, ledgerStatus, type SlideStatus } from './ledger/ledger-status.js';
import { WORK_FOLDER } from './ledger/slide-ledger.js';
import { workFolder } from './pack-settings.js';

/** How the slides of one stage stand. */
export interface StageStatus {
  /** The tiled folder, the store, or the folder of features. */
  readonly path: string;
  /** `tile`, `pack` or `embed`. */
  readonly stage: string;
  readonly counts: Readonly<Record<SlideStatus['state'], number>>;
  readonly slides: readonly SlideStatus[];
}

/**
 * How every slide of an output stands: of a folder that `tile` or `embed` writes, of a store that `pack` writes, or of all of these in a folder.
 *
 * @param path - such a folder or store, or a folder that holds some, a run's for example
 * @throws SlidestreamError `status/nothing-there`, `io/*`, `store/*`
 *
 * @example
 * ```ts
 * for (const { path, counts } of await folderStatus('runs/e2e')) console.log(path, counts.done, counts.failed);
 * ```
 */
export async function folderStatus(path: string): Promise<StageStatus[]> {
  const found = await findLedgers(path);
  if (found.length > 0) return Promise.all(found.map(stageStatus));
  throw new SlidestreamError({
    code: 'status/nothing-there',
    category: 'usage',
    message: 'neither tile nor pack nor embed has written here',
    where: { file: path },
    hint: "Give the --out of tile or embed, pack's --store, or a folder that holds them",
  });
}

async function findLedgers(path: string): Promise<string[]> {
  const here = [path].filter((one) => existsSync(ledgerOf(one)));
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && here.length > 0) return null;
    throw ioError(error, path);
  });
  if (here.length > 0 || stats?.isDirectory() !== true) return here;
  const names = await readdir(path).catch((error: unknown) => {
    throw ioError(error, path);
  });
  // A store that is not put together yet shows itself by its work folder alone.
  const outputs = new Set(names.map((name) => join(path, name.replace(/\.work$/, ''))));
  return [...outputs].sort().filter((one) => existsSync(ledgerOf(one)));
}

function ledgerOf(output: string): string {
  const beside = workFolder(output);
  return existsSync(join(beside, 'asked')) ? beside : join(output, WORK_FOLDER);
}

async function stageStatus(path: string): Promise<StageStatus> {
  const folder = ledgerOf(path);
  const { stage, slides: asked } = await askedSlides(folder);
  // A store of a single worker is the record of what is done.
  const stored = stage === 'pack' ? slidesIn(path) : new Set<string>();
  const slides = await ledgerStatus(folder, asked, (slide) => stored.has(slide));
  const counts = { done: 0, failed: 0, held: 0, abandoned: 0, waiting: 0 };
  for (const { state } of slides) counts[state]++;
  return { path, stage, counts, slides };
}

function slidesIn(store: string): Set<string> {
  if (!existsSync(store)) return new Set();
  using reader = openTileStore(store);
  return new Set(reader.slides);
}
