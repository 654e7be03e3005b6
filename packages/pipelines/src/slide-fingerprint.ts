import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isSlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';

const ENDS_BYTES = 1 << 18;

/** Tells one slide from another without reading gigabytes: SHA-256 of its size and both ends; of a folder, of its files in order. */
export async function fingerprint(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const stats = await stat(path);
    const files = stats.isDirectory() ? (await readdir(path)).sort().map((name) => join(path, name)) : [path];
    for (const file of files) await hashEnds(file, hash);
  } catch (error) {
    throw ioError(error, path);
  }
  return `sha256-of-ends:${hash.digest('hex')}`;
}

/** {@link fingerprint}, or what keeps the slide from being read: for deciding whether anything has changed. @param path - `null`: there is no file */
export async function fingerprintOrReason(path: string | null): Promise<string> {
  if (path === null) return 'absent';
  return fingerprint(path).catch((error: unknown) => (isSlidestreamError(error) ? error.code : 'unreadable'));
}

async function hashEnds(path: string, hash: ReturnType<typeof createHash>): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    hash.update(`${size}\n`);
    const bytes = new Uint8Array(Math.min(size, ENDS_BYTES));
    for (const position of new Set([0, size - bytes.length])) {
      const { bytesRead } = await file.read(bytes, 0, bytes.length, position);
      hash.update(bytes.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
