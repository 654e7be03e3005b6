import { renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ioError, syncPath } from '@slidestream/core/node';
import type { CopyOptions } from './copy-options.js';
import { type CreateTileStoreOptions, createTileStore } from './create-tile-store.js';
import { copySlides } from './merge-tile-stores.js';
import { openTileStore } from './open-tile-store.js';
import { storeError } from './store-error.js';
import { takeWriterLock } from './writer-lock.js';

/** What {@link compactTileStore} gained. */
export interface CompactReport {
  readonly slides: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

/**
 * Writes a store of ours anew without free pages and leftovers, compares every checksum on the way, and puts it in place of the old one.
 *
 * @throws SlidestreamError as `openTileStore` and `createTileStore`; `store/not-ours`
 */
export async function compactTileStore(path: string, options: CopyOptions & CreateTileStoreOptions = {}): Promise<CompactReport> {
  const file = resolve(path);
  const lock = takeWriterLock(file);
  const part = `${file}.compact`;
  const clean = (): void => {
    for (const name of [part, `${part}-lock`]) rmSync(name, { force: true });
  };
  try {
    clean();
    using store = openTileStore(file);
    if (store.header === null)
      throw storeError('not-ours', 'the store was written by another tool', { file }, { category: 'usage', hint: 'Import it instead' });
    const bytesBefore = statSync(file).size;
    const report = { slides: 0, tiles: 0, kept: 0 };
    {
      await using writer = await createTileStore(part, store.header, options);
      await copySlides(store, writer, report, { ...options, total: store.slides.length });
    }
    const bytesAfter = statSync(part).size;
    renameSync(part, file);
    await syncPath(dirname(file));
    return { slides: report.slides, bytesBefore, bytesAfter };
  } catch (error) {
    throw ioError(error, file);
  } finally {
    clean();
    lock.release();
  }
}
