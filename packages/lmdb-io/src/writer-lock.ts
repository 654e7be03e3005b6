import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { ioError } from '@slidestream/core/node';
import { storeError } from './store-error.js';

/** Who writes a store. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in the kernel's ticks, so that a reused number is not taken for it; `null` where that is unknown. */
  readonly processStart: string | null;
}

/** The right to write a store, given back by `release`. */
export interface WriterLock {
  release(): void;
}

/** Name of the lock beside a store. */
function lockPath(file: string): string {
  return `${file}.writer`;
}

function processStart(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const start = processStart(holder.pid);
  return start === null || holder.processStart === null || start === holder.processStart;
}

function readHolder(path: string): Holder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as Holder;
    return typeof holder.pid === 'number' && typeof holder.host === 'string' ? holder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes the right to write the store at `file`. A lock whose process on this machine is gone is taken over.
 *
 * @throws SlidestreamError `store/locked` with the holder's process and host, `io/*`
 */
export function takeWriterLock(file: string): WriterLock {
  const path = lockPath(file);
  const own: Holder = { pid: process.pid, host: hostname(), processStart: processStart(process.pid) };
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const descriptor = openSync(path, 'wx');
      try {
        writeSync(descriptor, JSON.stringify(own));
      } finally {
        closeSync(descriptor);
      }
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw ioError(error, path);
    }
    const holder = readHolder(path);
    const gone = holder !== undefined && holder.host === own.host && !isAlive(holder);
    if (!gone) throw locked(file, path, holder);
    // Only one of several that see the dead holder can rename its lock away.
    const aside = `${path}.${process.pid}`;
    try {
      renameSync(path, aside);
      rmSync(aside, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw ioError(error, path);
    }
  }
  throw locked(file, path, readHolder(path));
}

function locked(file: string, path: string, holder: Holder | undefined): Error {
  const who = holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  return storeError(
    'locked',
    `${who} is writing this store`,
    { file },
    { category: 'usage', hint: `Wait for it, or remove ${path} when it is certainly gone` },
  );
}
