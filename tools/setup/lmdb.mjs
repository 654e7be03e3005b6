import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = 'node_modules/lmdb';

/** LMDB for data format 1: what `slidestream-build-lmdb` does in other projects. */
export const lmdb = {
  name: 'LMDB',
  isDone({ root }) {
    const folder = join(root, FOLDER);
    return existsSync(join(folder, 'build/slidestream-data-format')) && existsSync(join(folder, 'build/Release/lmdb.node'));
  },
  async run({ root }, log) {
    const { buildLmdb } = await import('../../packages/lmdb-io/bin/build-lmdb.js');
    await buildLmdb({ folder: join(root, FOLDER), log });
  },
};
