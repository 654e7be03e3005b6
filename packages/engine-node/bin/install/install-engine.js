import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, statfs, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  cacheFolder,
  checkCompiler,
  linkOrCopy,
  nodeGypPath,
  nodeHeadersFolder,
  runCommand,
  SetupError,
} from '@slidestream/core/native-build';
import { provideEngineFiles } from './engine-files.js';
import { findPython } from './python.js';
import { ENGINE_WHEELS, TENSORFLOW_VERSION } from './wheels.js';

const STAMP = 'deps/slidestream-engine.json';
const ADDON = 'lib/napi-v8/tfjs_binding.node';
/** Names under which the binding and other code ask for the two libraries. */
const ALIASES = {
  'libtensorflow.so': 'libtensorflow_cc.so.2',
  'libtensorflow.so.2': 'libtensorflow_cc.so.2',
  'libtensorflow.so.2.9.1': 'libtensorflow_cc.so.2',
  'libtensorflow_framework.so': 'libtensorflow_framework.so.2',
};

/** @typedef {import('./wheels.js').EngineVariant} EngineVariant */

/** Folder of `@tensorflow/tfjs-node-gpu` as seen from `from`. @param {string} from - a file or folder @returns {string} */
export function findBinding(from) {
  try {
    return dirname(createRequire(join(from, 'x.js')).resolve('@tensorflow/tfjs-node-gpu/package.json'));
  } catch {
    throw new SetupError(
      '@tensorflow/tfjs-node-gpu is not installed here',
      'Install @slidestream/engine-node first: `npm install --ignore-scripts`.',
    );
  }
}

/** What is laid under a binding, or `undefined` when nothing complete is. @param {string} binding @returns {EngineVariant | undefined} */
export function installedVariant(binding) {
  try {
    const stamp = JSON.parse(readFileSync(join(binding, STAMP), 'utf8'));
    if (stamp.tensorflow !== TENSORFLOW_VERSION || !existsSync(join(binding, ADDON))) return undefined;
    return existsSync(join(binding, 'deps/lib/libtensorflow_cc.so.2')) ? stamp.variant : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Lays libtensorflow under the binding and builds the binding for it; does nothing when that is done.
 *
 * @param {{ binding: string, variant: EngineVariant, log: (line: string) => void }} options
 * @returns {Promise<boolean>} whether anything was done
 */
export async function installEngine({ binding, variant, log }) {
  if (installedVariant(binding) === variant) return false;
  checkPlatform();
  await checkSpace(variant);
  const files = await provideEngineFiles(variant, { python: findPython, log });
  const deps = join(binding, 'deps');
  await rm(deps, { recursive: true, force: true });
  await mkdir(join(deps, 'lib'), { recursive: true });
  for (const name of await readdir(join(files, 'lib'))) await linkOrCopy(join(files, 'lib', name), join(deps, 'lib', name));
  for (const [alias, name] of Object.entries(ALIASES)) await symlink(name, join(deps, 'lib', alias));
  await provideAddon({ binding, files, log });
  await writeFile(join(binding, STAMP), `${JSON.stringify({ variant, tensorflow: TENSORFLOW_VERSION })}\n`);
  return true;
}

/** The addon for this libtensorflow: from the cache, or built in half a minute. It is N-API and serves every Node version. */
async function provideAddon({ binding, files, log }) {
  const { version } = JSON.parse(readFileSync(join(binding, 'package.json'), 'utf8'));
  const cached = join(
    cacheFolder(),
    'addons',
    `tfjs-binding-${version}-tensorflow-${TENSORFLOW_VERSION}-${process.platform}-${process.arch}.node`,
  );
  const addon = join(binding, ADDON);
  if (existsSync(cached)) {
    await linkOrCopy(cached, addon);
    return;
  }
  await checkCompiler();
  log('building the binding (half a minute)');
  const include = join(binding, 'deps/include');
  await symlink(join(files, 'include'), include);
  const headers = nodeHeadersFolder();
  try {
    const preGyp = createRequire(join(binding, 'x.js')).resolve('@mapbox/node-pre-gyp/bin/node-pre-gyp');
    await runCommand(process.execPath, [preGyp, 'install', '--build-from-source'], {
      cwd: binding,
      title: 'building the binding',
      online: headers === undefined,
      env: { npm_config_node_gyp: nodeGypPath(), npm_config_nodedir: headers },
    });
  } finally {
    if (lstatSync(include, { throwIfNoEntry: false })?.isSymbolicLink()) await rm(include);
    await rm(join(binding, 'build-tmp-napi-v8'), { recursive: true, force: true });
  }
  if (!existsSync(addon)) throw new SetupError('the build ended without an addon', `Look at ${binding}.`);
  await linkOrCopy(addon, cached);
}

function checkPlatform() {
  if (process.platform === 'linux' && process.arch === 'x64' && process.report.getReport().header.glibcVersionRuntime !== undefined) return;
  throw new SetupError(
    `the native engine runs on Linux x64 with glibc, this is ${process.platform} ${process.arch}`,
    'Use the Dockerfile, WSL 2 or a Linux machine. Packages without tensors (slides, tiling, lmdb-io, metrics) work here.',
  );
}

async function checkSpace(variant) {
  const folder = cacheFolder();
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  const need = ENGINE_WHEELS[variant].diskBytes;
  if (bavail * bsize >= need) return;
  throw new SetupError(
    `${folder} has ${((bavail * bsize) / 1e9).toFixed(1)} GB free, the engine needs ${(need / 1e9).toFixed(1)} GB`,
    'Free some space, or set XDG_CACHE_HOME to a folder on a larger disk.',
  );
}

/** What an installation would fetch, for `--dry-run`. @param {EngineVariant} variant @returns {string[]} */
export function planEngine(variant) {
  const { library, cuda } = ENGINE_WHEELS[variant];
  return [library, ...cuda].map(({ name, version, sha256 }) => `${name}==${version} sha256:${sha256}`);
}
