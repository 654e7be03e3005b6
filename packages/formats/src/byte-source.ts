import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { ioError } from '@slidestream/core/node';
import { formatError } from './format-error.js';

/** Bytes that can be read from anywhere: a file or an array. */
export interface ByteSource extends Disposable {
  readonly size: number;
  /** Named in errors; `undefined` for bytes in memory. */
  readonly file: string | undefined;
  /** Exactly `length` bytes at `offset`, the caller's own. @throws SlidestreamError `format/truncated` */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
}

/** Largest piece that is read in one call; more is not an array that this program could use. */
const MAX_PIECE = 0xffff_ffff;

/** Opens a path, or wraps bytes; close it with `using`. @throws SlidestreamError `io/*` */
export function openByteSource(source: string | Uint8Array): ByteSource {
  return typeof source === 'string' ? openFile(source) : wrapBytes(source);
}

function checkRange(source: Pick<ByteSource, 'size' | 'file'>, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= source.size) || length > MAX_PIECE) {
    throw formatError('truncated', `${length} bytes at ${offset} are announced, the file has ${source.size}`, {
      file: source.file,
      offset,
    });
  }
}

function wrapBytes(bytes: Uint8Array): ByteSource {
  const source = { size: bytes.length, file: undefined };
  return {
    ...source,
    read(offset, length) {
      checkRange(source, offset, length);
      return bytes.slice(offset, offset + length) as Uint8Array<ArrayBuffer>;
    },
    [Symbol.dispose]() {},
  };
}

function openFile(path: string): ByteSource {
  try {
    const descriptor = openSync(path, 'r');
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) {
      closeSync(descriptor);
      throw Object.assign(new Error('not a file'), { code: 'EISDIR' });
    }
    const source = { size: stats.size, file: path };
    return {
      ...source,
      read(offset, length) {
        checkRange(source, offset, length);
        const out = new Uint8Array(length);
        try {
          for (let done = 0; done < length; ) {
            const count = readSync(descriptor, out, done, Math.min(length - done, 1 << 30), offset + done);
            if (count === 0)
              throw formatError('truncated', 'the file became shorter while it was read', { file: path, offset: offset + done });
            done += count;
          }
        } catch (error) {
          throw ioError(error, path);
        }
        return out;
      },
      [Symbol.dispose]() {
        closeSync(descriptor);
      },
    };
  } catch (error) {
    throw ioError(error, path);
  }
}
