import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { runCommand } from './run-command.js';
import { SetupError } from './setup-error.js';

/** The npm that belongs to this set-up: the one that runs it, beside this Node, or on the PATH. @returns {string} folder of the npm package */
export function npmFolder() {
  const candidates = [];
  const running = process.env.npm_execpath;
  if (running?.endsWith('npm-cli.js')) candidates.push(dirname(dirname(running)));
  candidates.push(join(dirname(dirname(process.execPath)), 'lib/node_modules/npm'));
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const npm = join(folder, 'npm');
    if (folder !== '' && existsSync(npm)) candidates.push(dirname(dirname(realpathSync(npm))));
  }
  const found = candidates.find((folder) => existsSync(join(folder, 'bin/npm-cli.js')));
  if (found === undefined) throw new SetupError('npm was not found', 'Install Node.js together with npm.');
  return found;
}

/** Path of the node-gyp that comes with npm. @returns {string} */
export function nodeGypPath() {
  const path = join(npmFolder(), 'node_modules/node-gyp/bin/node-gyp.js');
  if (!existsSync(path)) {
    throw new SetupError(`npm has no node-gyp of its own at ${path}`, 'Update npm: `npm install --global npm`.');
  }
  return path;
}

/**
 * Where the headers of Node are, so that node-gyp need not fetch them: the folder above the running Node's own `include/node`, or npm's
 * `nodedir` setting, which may be of another Node; what is built is N-API only, so that it serves all the same.
 *
 * @returns {string | undefined} `undefined` when only the network has them
 */
export function nodeHeadersFolder() {
  const candidates = [dirname(dirname(process.execPath)), process.env.npm_config_nodedir, npmSetting('nodedir')];
  return candidates.find((folder) => folder !== undefined && existsSync(join(folder, 'include/node/node_api.h')));
}

function npmSetting(name) {
  try {
    const value = execFileSync(process.execPath, [join(npmFolder(), 'bin/npm-cli.js'), 'config', 'get', name], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    return value === '' || value === 'undefined' || value === 'null' ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Refuses a machine on which node-gyp cannot build: says which tool is missing. */
export async function checkCompiler() {
  const missing = [];
  const compiler = process.env.CXX ?? 'c++';
  for (const tool of [compiler, 'make']) {
    await runCommand(tool, ['--version']).catch(() => missing.push(tool === compiler ? `a C++ compiler (${compiler})` : tool));
  }
  if (missing.length === 0) return;
  throw new SetupError(
    `missing: ${missing.join(' and ')}`,
    'Debian, Ubuntu: `apt-get install build-essential`; Fedora: `dnf install gcc-c++ make`; Conda: `conda install gxx make`.',
  );
}

/**
 * Builds a native addon with npm's node-gyp.
 *
 * @param {string} folder - the package with binding.gyp
 * @param {readonly string[]} settings - what goes behind `rebuild`
 * @param {{ title: string }} options
 */
export async function rebuildAddon(folder, settings, { title }) {
  const headers = nodeHeadersFolder();
  const args = [nodeGypPath(), 'rebuild', '--release', ...(headers === undefined ? [] : [`--nodedir=${headers}`]), ...settings];
  await runCommand(process.execPath, args, {
    cwd: folder,
    title,
    online: headers === undefined,
    hint: 'It needs Python 3, make and a C++17 compiler; the lines above say what went wrong.',
  });
}
