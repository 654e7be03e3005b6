import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, runCommand } from '../../packages/core/native-build/index.js';

/** The peers at the versions that are compared with. */
const PEERS = [
  ...['torch==2.9.0', 'numpy==2.3.4', 'pillow==12.0.0', 'lmdb==1.7.5', 'h5py==3.15.1', 'openslide-python==1.4.2', 'openslide-bin==4.0.0.8'],
];
const folder = () => join(cacheFolder(), 'peers-1');

/** Python of the peers: that of the environment, or of the cache; `undefined` when neither is there. @returns {string | undefined} */
export function peersPython() {
  if (process.env.SLIDESTREAM_PEERS_PYTHON) return process.env.SLIDESTREAM_PEERS_PYTHON;
  const python = join(folder(), 'bin/python');
  return existsSync(python) ? python : undefined;
}

/** Installs the peers into the user's cache, minutes and gigabytes, once. @param {(line: string) => void} say */
export async function installPeers(say) {
  if (peersPython() !== undefined) return;
  const target = folder();
  await mkdir(cacheFolder(), { recursive: true });
  await rm(target, { recursive: true, force: true });
  say(`installing the peers: ${PEERS.join(' ')}`);
  // A virtual environment knows its own path: it is made in place, and counts as complete when its marker has its name.
  const python = process.env.SLIDESTREAM_PYTHON ?? 'python3';
  try {
    await runCommand(python, ['-m', 'venv', target], {
      title: 'making a Python environment',
      hint: 'Debian, Ubuntu: `apt-get install python3-venv`.',
    });
    await rename(join(target, 'bin/python'), join(target, 'bin/python.part'));
    await runCommand(join(target, 'bin/python.part'), ['-m', 'pip', 'install', '--quiet', ...PEERS], {
      title: 'pip install',
      online: true,
    });
    await rename(join(target, 'bin/python.part'), join(target, 'bin/python'));
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    throw error;
  }
}
