import { readFile, stat } from 'node:fs/promises';
import { ioError } from '@slidestream/core/node';
import { formatError } from './format-error.js';

/** Largest JSON that stands beside a file of one slide. */
const MAX_SIDECAR = 1 << 24;

/** The text of a JSON that stands beside a file. @throws SlidestreamError `format/sidecar`, `io/*` */
export async function readSidecar(path: string): Promise<string> {
  try {
    if ((await stat(path)).size <= MAX_SIDECAR) return await readFile(path, 'utf8');
  } catch (error) {
    throw ioError(error, path);
  }
  throw formatError('sidecar', 'the file is too large to describe tiles', { file: path });
}

/** The JSON of {@link readSidecar}. @throws SlidestreamError `format/sidecar` */
export function parseSidecar(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw formatError('sidecar', 'the JSON beside the file is none', { file: path }, undefined, cause);
  }
}
