import type { StateDict, TensorRecord } from '@slidestream/core';
import { openByteSource } from './byte-source.js';
import { formatError } from './format-error.js';
import { decodeNpy, encodeNpy } from './npy.js';
import { storedZip } from './stored-zip.js';
import { readZipDirectory, readZipEntry } from './zip-directory.js';

/** How much a compressed archive may unfold to. */
export interface NpzOptions {
  /** Bytes of all arrays together; 256 MiB or 64 times the file by default, whichever is more. */
  readonly maxBytes?: number | undefined;
}

/**
 * Reads the arrays of an `.npz` archive, compressed or not, by name.
 *
 * @throws SlidestreamError `format/zip-*`, `format/npy-*`, `format/npz-too-large`, `io/*`
 */
export async function readNpz(source: string | Uint8Array, options: NpzOptions = {}): Promise<StateDict> {
  using bytes = openByteSource(source);
  const { file, size } = bytes;
  const entries = readZipDirectory(bytes, ['stored', 'deflated']);
  const limit = options.maxBytes ?? Math.max(1 << 28, 64 * size);
  const total = [...entries.values()].reduce((sum, entry) => sum + entry.size, 0);
  if (total > limit) {
    throw formatError(
      'npz-too-large',
      `the arrays would take ${total} bytes, the limit is ${limit}`,
      { file },
      'Pass a larger maxBytes if the file is trusted',
    );
  }
  const arrays = new Map<string, TensorRecord>();
  for (const entry of entries.values()) {
    if (!entry.name.endsWith('.npy'))
      throw formatError('npz-entry', `the archive holds ${JSON.stringify(entry.name)}, which is no array`, { file });
    arrays.set(entry.name.slice(0, -4), decodeNpy(readZipEntry(bytes, entry), file === undefined ? undefined : `${file}:${entry.name}`));
  }
  return arrays;
}

/** The bytes of an `.npz` archive of stored arrays, in the order given. @throws RangeError for types that numpy lacks */
export function encodeNpz(arrays: Iterable<readonly [name: string, array: TensorRecord]>): Uint8Array {
  const files = Array.from(arrays, ([name, array]) => ({ name: `${name}.npy`, content: encodeNpy(array) }));
  return new Uint8Array(Buffer.concat([...storedZip(files)]));
}
