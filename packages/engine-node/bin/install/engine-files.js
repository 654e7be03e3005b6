import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, makeFolderOnce, SetupError, sha256OfFile } from '@slidestream/core/native-build';
import { extractWheel } from './extract.js';
import { fetchWheel } from './fetch-wheel.js';
import { ENGINE_WHEELS } from './wheels.js';

const HASHES = 'SHA256.json';
const TENSORFLOW = ['tensorflow/include/', 'tensorflow/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_framework.so.2'];

/** Folder of the cache in which a variant's files lie: `lib/`, `include/` and a list of hashes. @param {import('./wheels.js').EngineVariant} variant */
export function engineFilesFolder(variant) {
  const { library } = ENGINE_WHEELS[variant];
  return join(cacheFolder(), 'engine', `${library.name}-${library.version}-${library.sha256.slice(0, 12)}`);
}

/**
 * The libraries and headers of a variant, unpacked in the user's cache and checked; from the cached wheels, or fetched.
 *
 * @param {import('./wheels.js').EngineVariant} variant
 * @param {{ python: () => Promise<string>, log: (line: string) => void }} context
 * @returns {Promise<string>} the folder
 */
export async function provideEngineFiles(variant, { python, log }) {
  const folder = engineFilesFolder(variant);
  if (existsSync(folder)) {
    const damaged = await findDamage(folder);
    if (damaged === undefined) return folder;
    log(`${damaged} in the cache is damaged: unpacking it again`);
    await rm(folder, { recursive: true, force: true });
  }
  const command = await python();
  const { library, cuda } = ENGINE_WHEELS[variant];
  const libraryWheel = await fetchWheel(library, { python: command, log });
  await mkdir(join(folder, '..'), { recursive: true });
  await makeFolderOnce(folder, async (temporary) => {
    log(`unpacking libtensorflow ${library.version}`);
    const lib = join(temporary, 'lib');
    const count = await extractWheel({ python: command, wheel: libraryWheel, folder: temporary, prefixes: TENSORFLOW });
    if (count < 10)
      throw new SetupError(
        `the wheel of ${library.name} has only ${count} of the files needed`,
        'Report this: the pinned wheel should hold them.',
      );
    await mkdir(lib);
    for (const name of ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']) {
      await rename(join(temporary, 'tensorflow', name), join(lib, name));
    }
    await rename(join(temporary, 'tensorflow/include'), join(temporary, 'include'));
    await rm(join(temporary, 'tensorflow'), { recursive: true });
    for (const wheel of cuda) {
      const path = await fetchWheel(wheel, { python: command, log });
      log(`unpacking ${wheel.name}`);
      await extractWheel({ python: command, wheel: path, folder: lib, prefixes: ['nvidia/'], flatLibraries: true });
    }
    await writeHashes(temporary);
  });
  return folder;
}

async function writeHashes(folder) {
  const hashes = {};
  for (const name of await readdir(join(folder, 'lib'))) hashes[name] = await sha256OfFile(join(folder, 'lib', name));
  await writeFile(join(folder, HASHES), `${JSON.stringify(hashes, null, 1)}\n`);
}

async function findDamage(folder) {
  try {
    const hashes = JSON.parse(await readFile(join(folder, HASHES), 'utf8'));
    for (const [name, hash] of Object.entries(hashes)) {
      if ((await sha256OfFile(join(folder, 'lib', name))) !== hash) return name;
    }
    return undefined;
  } catch {
    return HASHES;
  }
}
