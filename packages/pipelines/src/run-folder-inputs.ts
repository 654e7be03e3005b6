import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { ioError } from '@slidestream/core/node';

/** One input of a run as it was. */
export interface InputHash {
  /** As named in the configuration. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the whole file, or of its first and last {@link ENDS_BYTES} when it is larger than twice that. */
  readonly sha256: string;
  readonly of: 'whole' | 'ends';
}

/** A store of hundreds of gigabytes is told apart by its size, its first pages (LMDB's metadata) and its last ones. */
const ENDS_BYTES = 256 * 2 ** 20;

/**
 * Hashes the files that a run reads, in bounded memory; a folder is not hashed, name the files in it.
 *
 * @throws SlidestreamError `io/*`
 */
export async function hashInputs(paths: readonly string[], endsBytes = ENDS_BYTES): Promise<InputHash[]> {
  const out: InputHash[] = [];
  for (const path of paths) {
    try {
      out.push(await hashOne(path, endsBytes));
    } catch (error) {
      throw ioError(error, path);
    }
  }
  return out;
}

async function hashOne(path: string, endsBytes: number): Promise<InputHash> {
  const { size } = await stat(path);
  const hash = createHash('sha256');
  const whole = size <= 2 * endsBytes;
  const file = await open(path, 'r');
  try {
    const parts = whole
      ? [[0, size]]
      : [
          [0, endsBytes],
          [size - endsBytes, size],
        ];
    const buffer = Buffer.allocUnsafe(2 ** 20);
    for (const [start, end] of parts as [number, number][]) {
      for (let at = start; at < end; ) {
        const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
        if (bytesRead === 0) break;
        hash.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
    }
  } finally {
    await file.close();
  }
  return { path, bytes: size, sha256: hash.digest('hex'), of: whole ? 'whole' : 'ends' };
}
