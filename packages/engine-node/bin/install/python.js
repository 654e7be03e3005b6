import { runCommand, SetupError } from '@slidestream/core/native-build';

/**
 * A Python 3 that has pip.
 *
 * @returns {Promise<string>} its command; `SLIDESTREAM_PYTHON` overrides the search
 * @throws {SetupError} which part is missing and how to get it
 */
export async function findPython() {
  const candidates = process.env.SLIDESTREAM_PYTHON ? [process.env.SLIDESTREAM_PYTHON] : ['python3', 'python'];
  let withoutPip;
  for (const python of candidates) {
    const version = await runCommand(python, ['-c', 'import sys; print(sys.version_info[0])']).catch(() => '');
    if (version.trim() !== '3') continue;
    const pip = await runCommand(python, ['-m', 'pip', '--version']).catch(() => undefined);
    if (pip !== undefined) return python;
    withoutPip = python;
  }
  if (withoutPip !== undefined) {
    throw new SetupError(
      `${withoutPip} has no pip`,
      'Debian, Ubuntu: `apt-get install python3-pip`; elsewhere: `python3 -m ensurepip --user`.',
    );
  }
  throw new SetupError(
    'Python 3 was not found',
    'Install Python 3 with pip (node-gyp needs it too), or set SLIDESTREAM_PYTHON to its command.',
  );
}
