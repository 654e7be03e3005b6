import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { ioError, syncPath } from '@slidestream/core/node';
import { slideKey } from './ledger/ledger-files.js';
import { workFolder } from './pack-settings.js';

const EXTENSION = '.lmdb';

/** Where the shards of a store that workers share lie: a store for each slide and scale, until they are put together. */
export function shardFolder(store: string): string {
  return join(workFolder(store), 'shards');
}

/** Path of a slide's shard; what is there is complete. */
export function shardPath(store: string, scale: string, slide: string): string {
  return join(shardFolder(store), scale, `${slideKey(slide)}${EXTENSION}`);
}

/** A path beside a shard to write it at. @throws SlidestreamError `io/*` */
export async function newPart(shard: string): Promise<string> {
  await mkdir(join(shard, '..'), { recursive: true }).catch((error: unknown) => {
    throw ioError(error, shard);
  });
  return `${shard}.${randomBytes(4).toString('hex')}.part`;
}

/** Makes a written part the shard. @throws SlidestreamError `io/*` */
export async function publishPart(part: string, shard: string): Promise<void> {
  try {
    await syncPath(part);
    await rename(part, shard);
    await syncPath(join(shard, '..'));
    await dropPart(part);
  } catch (error) {
    throw ioError(error, shard);
  }
}

/** Removes a shard, or a part that is not wanted, and what LMDB and its writer keep beside it. */
export async function dropPart(part: string): Promise<void> {
  for (const path of [part, `${part}-lock`, `${part}.writer`]) await rm(path, { force: true });
}

/** Removes what killed workers left; only when nobody has a slide any more. */
export async function dropLeftovers(store: string): Promise<void> {
  const names = await namesIn(shardFolder(store));
  for (const name of names.filter((one) => /\.part(-lock|\.writer)?$/.test(one))) await rm(join(shardFolder(store), name), { force: true });
}

/** @throws SlidestreamError `pack/shared-before` when slides wait to be put into the store */
export async function refuseShards(store: string): Promise<void> {
  const waiting = (await namesIn(shardFolder(store))).filter((name) => name.endsWith(EXTENSION));
  if (waiting.length === 0) return;
  throw new SlidestreamError({
    code: 'pack/shared-before',
    category: 'usage',
    message: `workers that share this store have packed slides that are not in it yet (${waiting.length})`,
    where: { file: store },
    hint: `Go on with --shared, or remove ${shardFolder(store)}`,
  });
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw ioError(error, folder);
  });
}
