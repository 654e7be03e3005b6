import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import type { RootDatabase } from 'lmdb';
import { storeError } from './store-error.js';

/** One change of a transaction. */
export type StoreChange = { readonly key: Buffer; readonly value: Buffer | Uint8Array } | { readonly key: Buffer; readonly remove: true };

/** What a transaction may need beyond its values: pages that are copied, tables, rounding. */
const OVERHEAD_BYTES = 1 << 20;

/** Applies changes in one durable transaction. Errors of LMDB become typed. */
export function applyChanges(db: RootDatabase<Buffer, Buffer>, file: string, changes: readonly StoreChange[]): void {
  const bytes = changes.reduce((sum, change) => sum + ('value' in change ? change.value.length + change.key.length + 64 : 0), 0);
  checkSpace(file, bytes);
  try {
    db.transactionSync(() => {
      for (const change of changes) {
        if ('remove' in change) db.removeSync(change.key);
        else db.putSync(change.key, change.value as Buffer);
      }
    });
  } catch (error) {
    throw writeError(error, file, bytes);
  }
}

function freeBytes(file: string): number | undefined {
  try {
    const stats = statfsSync(dirname(file));
    return stats.bavail * stats.bsize;
  } catch {
    return undefined;
  }
}

function noSpace(file: string, need: number, free: number | undefined, cause?: unknown): SlidestreamError {
  const have = free === undefined ? '' : ` (need ${(need / 1e6).toFixed(1)} MB, have ${(free / 1e6).toFixed(1)} MB on ${dirname(file)})`;
  return new SlidestreamError({
    code: 'io/no-space',
    category: 'io',
    message: `no space left on the disk${have}`,
    where: { file },
    hint: 'Free space or choose another folder, then run the same command again: finished slides are kept',
    cause,
  });
}

/** LMDB reports a full disk as a plain failure to write: looked at before, too. */
function checkSpace(file: string, bytes: number): void {
  const free = freeBytes(file);
  const need = bytes + OVERHEAD_BYTES;
  if (free !== undefined && free < need) throw noSpace(file, need, free);
}

function writeError(error: unknown, file: string, bytes: number): unknown {
  const message = error instanceof Error ? error.message : String(error);
  if (/MDB_MAP_FULL|-30792/.test(message)) {
    return storeError(
      'map-full',
      'the store has reached the size that it was opened with',
      { file },
      { category: 'usage', cause: error, hint: 'Open it with a larger mapSizeBytes; nothing is lost' },
    );
  }
  const free = freeBytes(file);
  if (
    /ENOSPC|No space left/i.test(message) ||
    (/EIO|Input\/output/i.test(message) && free !== undefined && free < bytes + OVERHEAD_BYTES)
  ) {
    return noSpace(file, bytes + OVERHEAD_BYTES, free, error);
  }
  return new SlidestreamError({
    code: 'io/store-write',
    category: 'io',
    message: `the store cannot be written: ${message}`,
    where: { file },
    hint: 'Check the disk, then run the same command again: finished slides are kept',
    cause: error,
  });
}
