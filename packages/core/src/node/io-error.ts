import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSlidestreamError, SlidestreamError } from '../errors.js';

const REASONS: Readonly<Record<string, readonly [code: string, what: string, hint: string]>> = {
  ENOSPC: ['io/no-space', 'no space left on the disk', 'Free space or choose another folder, then run the same command again'],
  EDQUOT: ['io/no-space', 'the disk quota is used up', 'Free space or ask for more, then run the same command again'],
  ENOENT: ['io/not-found', 'no such file or folder', 'Check the path'],
  EACCES: ['io/permission', 'permission denied', 'Check who may read or write it'],
  EPERM: ['io/permission', 'operation not permitted', 'Check who may read or write it'],
  EROFS: ['io/permission', 'the file system is read-only', 'Choose another folder'],
  EMFILE: ['io/too-many-open', 'too many open files', 'Raise the limit with `ulimit -n`'],
  ENFILE: ['io/too-many-open', 'too many open files on this machine', 'Close other programs or raise the limit'],
  EISDIR: ['io/is-folder', 'is a folder, a file is needed', 'Check the path'],
  ENOTDIR: ['io/not-a-folder', 'a part of the path is not a folder', 'Check the path'],
  EEXIST: ['io/exists', 'exists already', 'Choose another name or remove it'],
  EIO: ['io/device', 'the device failed to read or write', 'Check the disk, then run the same command again'],
};

/**
 * A file-system error as a typed one that names `file`; typed errors and errors of other kinds come back as they are.
 * `needBytes` lets a full disk say how much is missing.
 */
export function ioError(error: unknown, file: string, needBytes?: number): unknown {
  if (isSlidestreamError(error)) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  const reason = code === undefined ? undefined : REASONS[code];
  if (reason === undefined) return error;
  const space = reason[0] === 'io/no-space' ? describeSpace(file, needBytes) : '';
  return new SlidestreamError({
    code: reason[0],
    category: 'io',
    message: `${reason[1]}${space}`,
    where: { file },
    hint: reason[2],
    cause: error,
  });
}

function describeSpace(file: string, needBytes: number | undefined): string {
  try {
    const stats = statfsSync(dirname(file));
    const need = needBytes === undefined ? '' : `need ${megabytes(needBytes)}, `;
    return ` (${need}have ${megabytes(stats.bavail * stats.bsize)} on ${dirname(file)})`;
  } catch {
    return '';
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
