import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheFolder, runCommand, SetupError, sha256OfFile } from '@slidestream/core/native-build';

/** @typedef {import('./wheels.js').Wheel} Wheel */

/**
 * The pinned wheel in the user's cache; fetched through pip, and so through its mirrors and proxies, when it is not there yet.
 *
 * @param {Wheel} wheel
 * @param {{ python: string, log: (line: string) => void }} context
 * @returns {Promise<string>} path of a file whose SHA-256 is the pinned one
 * @throws {SetupError} when it cannot be fetched or is another file
 */
export async function fetchWheel(wheel, { python, log }) {
  const folder = join(cacheFolder(), 'wheels', `${wheel.name}-${wheel.version}-${wheel.sha256.slice(0, 12)}`);
  const cached = await wheelIn(folder);
  if (cached !== undefined) {
    if ((await sha256OfFile(cached)) === wheel.sha256) return cached;
    log(`the cached ${basename(cached)} is damaged: fetching it again`);
    await rm(folder, { recursive: true, force: true });
  }
  log(`fetching ${wheel.name} ${wheel.version} with pip`);
  const temporary = `${folder}.${process.pid}.part`;
  await mkdir(temporary, { recursive: true });
  try {
    await runCommand(python, pipArguments(wheel, temporary), { title: `pip download ${wheel.name}`, online: true });
    const fetched = await wheelIn(temporary);
    if (fetched === undefined)
      throw new SetupError(`pip fetched no wheel for ${wheel.name}`, 'Update pip: `python3 -m pip install --upgrade pip`.');
    const found = await sha256OfFile(fetched);
    if (found !== wheel.sha256) {
      throw new SetupError(
        `${basename(fetched)} has SHA-256 ${found}, pinned is ${wheel.sha256}`,
        'It is not the released file. If a mirror serves it, the mirror is at fault: do not use it.',
      );
    }
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
    return join(folder, basename(fetched));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** The arguments of pip: the wheel is for Python 3.11 whatever Python runs pip, since only its C++ library is used. @param {Wheel} wheel @param {string} folder */
export function pipArguments(wheel, folder) {
  return [
    ...['-m', 'pip', 'download', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '--quiet', '--python-version', '3.11'],
    ...['--implementation', 'cp', '--abi', 'cp311', '--abi', 'none'],
    ...wheel.platforms.flatMap((platform) => ['--platform', platform]),
    ...['--dest', folder, `${wheel.name}==${wheel.version}`],
  ];
}

async function wheelIn(folder) {
  const names = await readdir(folder).catch(() => []);
  const name = names.find((entry) => entry.endsWith('.whl'));
  return name === undefined ? undefined : join(folder, name);
}
