import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cacheFolder, checkCompiler, linkOrCopy, rebuildAddon, SetupError } from '@slidestream/core/native-build';

const ADDON = 'build/Release/lmdb.node';
const STAMP = 'build/slidestream-data-format';

/** The folder of the `lmdb` package that this package loads. @returns {string} */
export function lmdbFolder() {
  try {
    // The package's main file lies in dist/.
    return dirname(dirname(createRequire(import.meta.url).resolve('lmdb')));
  } catch {
    throw new SetupError('the package lmdb is not installed', 'Install it: `npm install lmdb@3.5.6`.');
  }
}

/**
 * Builds LMDB for data format 1, the one that every released LMDB reads, and puts it where the `lmdb` package looks first. Without V8's own interface it
 * is N-API only, and one build serves every Node version. Does nothing when it is there already.
 *
 * @param {{ folder?: string, force?: boolean, log?: (line: string) => void }} [options]
 * @returns {Promise<'built' | 'cached' | 'present'>}
 */
export async function buildLmdb({ folder = lmdbFolder(), force = false, log = () => {} } = {}) {
  if (!force && existsSync(join(folder, STAMP)) && existsSync(join(folder, ADDON))) return 'present';
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const cached = join(cacheFolder(), 'addons', `lmdb-${version}-data-v1-${process.platform}-${process.arch}.node`);
  await rm(join(folder, 'build'), { recursive: true, force: true });
  const fromCache = !force && existsSync(cached);
  if (fromCache) {
    await linkOrCopy(cached, join(folder, ADDON));
  } else {
    await checkCompiler();
    log('building LMDB for data format 1 (half a minute)');
    await rebuildAddon(folder, ['--use_data_v1=true', '--enable_v8=false'], { title: 'building LMDB' });
    await rm(join(folder, 'build/Release/obj.target'), { recursive: true, force: true });
    await mkdir(dirname(cached), { recursive: true });
    await linkOrCopy(join(folder, ADDON), cached);
  }
  await writeFile(join(folder, STAMP), '1\n');
  return fromCache ? 'cached' : 'built';
}
