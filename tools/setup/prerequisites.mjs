import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { checkCompiler, npmFolder, runCommand, SetupError } from '../../packages/core/native-build/index.js';

/** Node's oldest version that works: `require` of ES modules and import.meta.dirname. */
const OLDEST_NODE = [20, 19];
const SOURCE_BYTES = 1.2e9;

/** Looks at everything that the set-up will need before it begins, so that it does not fail after minutes. @param {import('./steps.mjs').SetupOptions} options */
export async function checkPrerequisites({ root }, log) {
  checkNode();
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupError(
      `the native tensor engine runs on Linux x64, this is ${process.platform} ${process.arch}`,
      'Use the Dockerfile, WSL 2 or a Linux machine.',
    );
  }
  npmFolder();
  await checkPython();
  await checkCompiler();
  const { bavail, bsize } = await statfs(root);
  if (bavail * bsize < SOURCE_BYTES) {
    throw new SetupError(
      `${root} has ${((bavail * bsize) / 1e9).toFixed(1)} GB free, the packages need ${(SOURCE_BYTES / 1e9).toFixed(1)} GB`,
      'Free some space.',
    );
  }
  log(`Node ${process.versions.node}, Python, compiler and disk space are there`);
}

/** Refuses a Node that is too old; said in words, since an old Node would otherwise stop at a syntax error. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new SetupError(
    `Node ${process.versions.node} is too old, ${OLDEST_NODE.join('.')} or newer is needed`,
    'Install a current Node.js.',
  );
}

/** node-gyp and the engine's download both need Python 3, the latter with pip. */
async function checkPython() {
  const python = process.env.SLIDESTREAM_PYTHON ?? 'python3';
  const version = await runCommand(python, ['-c', 'import sys; print(sys.version_info[0])']).catch(() => '');
  if (version.trim() !== '3') {
    throw new SetupError('Python 3 was not found', 'Install Python 3 with pip, or set SLIDESTREAM_PYTHON to its command.');
  }
  await runCommand(python, ['-m', 'pip', '--version']).catch(() => {
    throw new SetupError(
      `${python} has no pip`,
      'Debian, Ubuntu: `apt-get install python3-pip`; elsewhere: `python3 -m ensurepip --user`.',
    );
  });
}

/** Whether this is a checkout, and not some other folder. @param {string} root */
export function checkRoot(root) {
  if (!existsSync(join(root, 'package-lock.json')))
    throw new SetupError(`${root} has no package-lock.json`, 'Run this in a complete checkout.');
}
