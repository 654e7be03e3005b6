import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npmFolder, runCommand } from '../../packages/core/native-build/index.js';

const STAMP = 'node_modules/.slidestream-dependencies';

/** What node_modules depends on: the lock file, and for which machine optional packages were chosen. */
function key(root) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  return `${hash.digest('hex')} ${process.platform}-${process.arch}`;
}

/**
 * npm's packages at the locked versions and hashes, without their install scripts: none of ours needs one, and those of the engine and of
 * LMDB fetch the wrong parts.
 */
export const dependencies = {
  name: 'packages',
  isDone({ root }) {
    try {
      return readFileSync(join(root, STAMP), 'utf8') === key(root);
    } catch {
      return false;
    }
  },
  async run({ root }, log) {
    // Not `npm ci`: it refuses a lock file without the binaries of every other platform, and mirrors that carry only one platform's exist.
    const args = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
    log(`npm ${args.join(' ')}`);
    await runCommand(process.execPath, [join(npmFolder(), 'bin/npm-cli.js'), ...args], { cwd: root, title: 'npm install', online: true });
    writeFileSync(join(root, STAMP), key(root));
  },
};
