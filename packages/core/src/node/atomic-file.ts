import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ioError } from './io-error.js';

/**
 * Runs `write` with a path beside `path`, then makes what it wrote durable and renames it into place: under `path`
 * there is either what was there before or the complete new file. On failure the partial file is removed.
 *
 * @throws SlidestreamError `io/*` when the file system fails
 */
export async function writeAtomically<T>(path: string, write: (temporaryPath: string) => Promise<T>): Promise<T> {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  try {
    const result = await write(temporary);
    await syncPath(temporary);
    await rename(temporary, path);
    await syncPath(dirname(path));
    return result;
  } catch (error) {
    await rm(temporary, { force: true, recursive: true }).catch(() => undefined);
    throw ioError(error, path);
  }
}

/** Writes `data` to `path` as {@link writeAtomically} does. */
export async function writeFileAtomic(path: string, data: string | Uint8Array): Promise<void> {
  await writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(data);
    } finally {
      await file.close();
    }
  });
}

/** Removes what writers that were killed left beside `path`. Only for who alone may write it now. */
export async function removeUnfinished(path: string): Promise<void> {
  const names = await readdir(dirname(path)).catch(() => []);
  const start = `${basename(path)}.`;
  for (const name of names) {
    const middle = name.startsWith(start) ? name.slice(start.length) : '';
    if (/^\d+-[0-9a-f]{8}\.part$/.test(middle)) await rm(join(dirname(path), name), { force: true, recursive: true });
  }
}

/** Flushes a file or folder to the disk. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
