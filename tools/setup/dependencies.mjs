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

/** npm's packages, exactly as locked, without their install scripts: none of ours needs one, and those of the engine and LMDB fetch the wrong parts. */
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
    log('npm ci --ignore-scripts');
    const npm = join(npmFolder(), 'bin/npm-cli.js');
    await runCommand(process.execPath, [npm, 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: root, title: 'npm ci', online: true });
    writeFileSync(join(root, STAMP), key(root));
  },
};
