import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, checkCompiler, linkOrCopy, rebuildAddon } from '../../packages/core/native-build/index.js';

const FOLDER = 'node_modules/lmdb';
const ADDON = 'build/Release/lmdb.node';
const STAMP = 'build/slidestream-data-format';

/** LMDB for data format 1, which every released LMDB reads; the package's own prebuilt addon has a format of its own. */
export const lmdb = {
  name: 'LMDB',
  isDone({ root }) {
    const folder = join(root, FOLDER);
    return existsSync(join(folder, STAMP)) && existsSync(join(folder, ADDON));
  },
  async run({ root }, log) {
    const folder = join(root, FOLDER);
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const cached = join(cacheFolder(), 'addons', `lmdb-${version}-data-v1-${process.platform}-${process.arch}.node`);
    await rm(join(folder, 'build'), { recursive: true, force: true });
    if (existsSync(cached)) {
      await linkOrCopy(cached, join(folder, ADDON));
    } else {
      await checkCompiler();
      log('building for data format 1 (half a minute)');
      // Without V8's own interface it is N-API only, and one build serves every Node version.
      await rebuildAddon(folder, ['--use_data_v1=true', '--enable_v8=false'], { title: 'building LMDB' });
      await rm(join(folder, 'build/Release/obj.target'), { recursive: true, force: true });
      await mkdir(join(cached, '..'), { recursive: true });
      await linkOrCopy(join(folder, ADDON), cached);
    }
    await writeFile(join(folder, STAMP), '1\n');
  },
};
