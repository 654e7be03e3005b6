import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ioError } from '@slidestream/core/node';

/** A file without a name that this process and those that it starts have open. */
export interface SharedFile {
  readonly descriptor: number;
  /** Reads the first bytes into `memory`. @throws SlidestreamError `io/*` */
  read(memory: Uint8Array): void;
  close(): void;
}

/** Makes a file in the temporary folder that is gone with the last process that has it open. @throws SlidestreamError `io/*` */
export function createSharedFile(): SharedFile {
  const folder = mkdtempSync(join(tmpdir(), 'slidestream-'));
  const path = join(folder, 'records');
  try {
    const descriptor = openSync(path, 'w+');
    return {
      descriptor,
      read(memory) {
        for (let done = 0; done < memory.length; ) {
          const count = readSync(descriptor, memory, done, memory.length - done, done);
          if (count === 0) throw ioError(Object.assign(new Error('ends early'), { code: 'EIO' }), path);
          done += count;
        }
      },
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    throw ioError(error, path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
