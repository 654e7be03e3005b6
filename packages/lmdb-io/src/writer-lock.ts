import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createExclusive, hasEnded, ioError, ownIdentity, type ProcessIdentity } from '@slidestream/core/node';
import { storeError } from './store-error.js';

/** The right to write a store, given back by `release`. */
export interface WriterLock {
  release(): void;
}

/** Name of the lock beside a store. */
function lockPath(file: string): string {
  return `${file}.writer`;
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
    return typeof holder.pid === 'number' && typeof holder.host === 'string' ? holder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes the right to write the store at `file`. A lock whose process on this machine is gone is taken over, and one whose
 * process on another machine is known to be.
 *
 * @param isGone - what the caller knows of processes on other machines
 *
 * @throws SlidestreamError `store/locked` with the holder's process and host, `io/*`
 */
export function takeWriterLock(file: string, isGone: (holder: ProcessIdentity) => boolean = () => false): WriterLock {
  const path = lockPath(file);
  const own = ownIdentity();
  for (let attempt = 0; attempt < 3; attempt++) {
    if (createExclusive(path, JSON.stringify(own))) return { release: () => rmSync(path, { force: true }) };
    const holder = readHolder(path);
    const gone = holder !== undefined && (hasEnded(holder) || isGone(holder));
    if (!gone) throw locked(file, path, holder);
    removeLock(path, holder);
  }
  throw locked(file, path, readHolder(path));
}

/** Renames the lock of `gone` away, which only one of several can, and gives it back when it was another's by then. */
function removeLock(path: string, gone: ProcessIdentity): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    const taken = readHolder(aside);
    if (taken === undefined || taken.pid !== gone.pid || taken.host !== gone.host || taken.processStart !== gone.processStart)
      linkSync(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw ioError(error, path);
  } finally {
    rmSync(aside, { force: true });
  }
}

function locked(file: string, path: string, holder: ProcessIdentity | undefined): Error {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return storeError(
    'locked',
    `${who} is writing this store`,
    { file },
    { category: 'usage', hint: `Wait for it, or remove ${path} when it is certainly gone` },
  );
}
