import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import type { RootDatabase } from 'lmdb';
import { preflight } from './open-pages.js';

type Lmdb = typeof import('lmdb');

/** Which LMDB is installed. */
export interface LmdbBuild {
  /** LMDB's own version, `0.9.29`. */
  readonly version: string;
  readonly dataFormat: 1;
}

/** The command that builds LMDB for data format 1 in the project at hand. */
export const BUILD_COMMAND = 'npx slidestream-build-lmdb';

let checked: Promise<{ lmdb: Lmdb; build: LmdbBuild }> | undefined;

/**
 * Makes sure that the installed LMDB writes data format 1, the one that every released LMDB reads. The prebuilt binary of the npm package writes a
 * format of its own, and ends the process when it opens any other: it is found out by its version, and proved on a new store in the temporary folder.
 *
 * @throws SlidestreamError `store/lmdb-build` with the command that mends it
 */
export async function checkLmdbBuild(): Promise<LmdbBuild> {
  return (await loadLmdb()).build;
}

/** The checked native library. @throws SlidestreamError `store/lmdb-build` */
export async function loadLmdb(): Promise<{ lmdb: Lmdb; build: LmdbBuild }> {
  checked ??= load();
  try {
    return await checked;
  } catch (error) {
    checked = undefined;
    throw error;
  }
}

function refuse(message: string, cause?: unknown): SlidestreamError {
  return new SlidestreamError({
    code: 'store/lmdb-build',
    category: 'usage',
    message,
    hint: `Build it once: ${BUILD_COMMAND} (needs Python 3 and a C++ compiler; reading stores works without)`,
    cause,
  });
}

async function load(): Promise<{ lmdb: Lmdb; build: LmdbBuild }> {
  let lmdb: Lmdb;
  try {
    lmdb = await import('lmdb');
  } catch (error) {
    throw refuse('the package lmdb cannot be loaded', error);
  }
  // Of the package's exports this one is not in its types.
  const { major, minor, patch } = (lmdb as unknown as { nativeAddon: { version: { major: number; minor: number; patch: number } } })
    .nativeAddon.version;
  const version = `${major}.${minor}.${patch}`;
  if (major !== 0 || minor !== 9 || patch >= 90)
    throw refuse(`the installed lmdb is LMDB ${version} of data format 2, which no other LMDB reads`);
  const folder = mkdtempSync(join(tmpdir(), 'slidestream-lmdb-'));
  try {
    const file = join(folder, 'probe.lmdb');
    const db = openNative(lmdb, file, 1 << 20);
    db.putSync(Buffer.from('a'), Buffer.from('b'));
    await db.close();
    preflight(file);
  } catch (error) {
    if (isSlidestreamError(error, 'store/wrong-format', 'store/not-a-store'))
      throw refuse('the installed lmdb does not write data format 1', error);
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { lmdb, build: { version, dataFormat: 1 } };
}

/** A store open for writing: binary keys and values, no compression, no cache, no writable map. */
export function openNative(lmdb: Lmdb, file: string, mapSize: number): RootDatabase<Buffer, Buffer> {
  return lmdb.open<Buffer, Buffer>({
    path: file,
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
    compression: false,
    cache: false,
    useWritemap: false,
    noSync: false,
    overlappingSync: false,
    maxReaders: 1024,
    maxDbs: 1,
    mapSize,
  });
}
