import { randomBytes } from 'node:crypto';
import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { ioError } from './io-error.js';

/** File systems that know no second name for a file say one of these. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/**
 * Creates a file that only one of many processes can create, on file systems that machines share too. It appears with all of its
 * content, so that whoever finds it can read it, even when its maker was killed. Not flushed: after a power failure it may be gone.
 *
 * @returns whether this call made it; `false` when it was there
 * @throws SlidestreamError `io/*`
 */
export function createExclusive(path: string, text: string): boolean {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.part`;
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'EEXIST') return false;
    if (NO_LINKS.includes(code)) return createInOneGo(path, text);
    throw ioError(error, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function createInOneGo(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw ioError(error, path);
  }
}
