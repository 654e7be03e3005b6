import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** The user's cache folder for what is large or slow to make: `$XDG_CACHE_HOME/slidestream` or `~/.cache/slidestream`. @returns {string} */
export function cacheFolder() {
  const base = process.env.XDG_CACHE_HOME;
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.cache'), 'slidestream');
}

/** SHA-256 of a file in hex. @param {string} path @returns {Promise<string>} */
export async function sha256OfFile(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 4 << 20 }), hash);
  return hash.digest('hex');
}

/**
 * Lets `make` fill a folder beside `path`, which then takes its name: what is under `path` is complete. If another process was faster, its
 * result stays.
 *
 * @param {string} path
 * @param {(temporary: string) => Promise<void>} make
 */
export async function makeFolderOnce(path, make) {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  await mkdir(temporary, { recursive: true });
  try {
    await make(temporary);
    await rename(temporary, path).catch((error) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * Puts a file of the cache to `to` without taking its space twice where the file system can link; a copy otherwise.
 *
 * @param {string} from
 * @param {string} to
 */
export async function linkOrCopy(from, to) {
  await mkdir(dirname(to), { recursive: true });
  const temporary = `${to}.${process.pid}.part`;
  await rm(temporary, { force: true });
  await link(from, temporary).catch(() => copyFile(from, temporary));
  await rename(temporary, to);
}
