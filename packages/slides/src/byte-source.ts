import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { ioError } from '@slidestream/core/node';
import { takeBytes } from './byte-memory.js';
import { slideError } from './errors.js';

/** Bytes that can be read at any place. */
export interface ByteSource {
  /** What errors call it: the path. */
  readonly name: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset`. @throws SlidestreamError `slide/truncated`, `io/*` */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A read that takes longer came from storage that must be waited for; a tile out of memory takes 10 to 50 µs. */
const SLOW_MS = 0.5;
/** After a slow read so many go through libuv's threads before one is tried directly again. */
const READS_ASIDE = 32;
/** Longer reads copy longer than handing them over takes. */
const DIRECT_BYTES = 1 << 18;

/**
 * Opens a file for reading at any place. Short reads are done directly while they prove quick: handing one to another thread and back costs ten
 * times what it takes to copy a tile that lies in memory. Where storage answers slowly reads run beside each other.
 *
 * @throws SlidestreamError `io/*`
 */
export async function openFile(path: string): Promise<ByteSource> {
  let handle: FileHandle;
  let size: number;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    throw ioError(error, path);
  }
  try {
    const stats = await handle.stat();
    if (stats.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
    size = stats.size;
  } catch (error) {
    await handle.close();
    throw ioError(error, path);
  }
  let closed = false;
  let aside = 0;
  const readDirectly = (bytes: Uint8Array, done: number, position: number): number => {
    const started = performance.now();
    const bytesRead = readSync(handle.fd, bytes, done, bytes.length - done, position);
    if (performance.now() - started > SLOW_MS) aside = READS_ASIDE;
    return bytesRead;
  };
  return {
    name: path,
    size,
    async read(offset, length) {
      if (closed)
        throw slideError('slide/closed', 'the slide was closed while it was being read', { category: 'usage', where: { file: path } });
      checkRange(path, size, offset, length);
      const bytes = takeBytes(length);
      aside--;
      let done = 0;
      while (done < length) {
        let bytesRead: number;
        try {
          if (aside <= 0 && length <= DIRECT_BYTES) bytesRead = readDirectly(bytes, done, offset + done);
          else ({ bytesRead } = await handle.read(bytes, done, length - done, offset + done));
        } catch (error) {
          throw ioError(error, path);
        }
        if (bytesRead === 0) throw truncated(path, offset + done);
        done += bytesRead;
      }
      return bytes;
    },
    close() {
      closed = true;
      // Reads that are under way are waited for.
      return handle.close();
    },
  };
}

/** Refuses a range before memory is spent on it. */
function checkRange(name: string, size: number, offset: number, length: number): void {
  const valid = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!valid || offset + length > size) throw truncated(name, offset);
}

function truncated(file: string, offset: number): Error {
  return slideError('slide/truncated', 'the file ends before what it refers to', {
    where: { file, offset },
    hint: 'Copy or download the file again',
  });
}
