import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ioError, syncPath } from '@slidestream/core/node';

/** Name of the file that seals a folder: written last, holds the SHA-256 of every other file. */
const STATE_FILE = 'state.json';

/** What the sealing file holds beside the caller's own fields. */
export interface Sealed {
  /** SHA-256 of each file, hexadecimal, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * Writes a folder that is complete or absent: files go into `PATH.tmp`, are flushed, sealed by their hashes, and renamed into place. A folder
 * of the same name is replaced.
 *
 * @param fill - writes the files into the folder it is given
 * @throws SlidestreamError `io/*`
 */
export async function writeSealedFolder(path: string, fill: (folder: string) => Promise<void>, state: object): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    await fill(temporary);
    const files: Record<string, string> = {};
    for (const name of (await readdir(temporary)).sort()) {
      await syncPath(join(temporary, name));
      files[name] = await sha256(join(temporary, name));
    }
    const content = { ...state, files };
    await writeFile(join(temporary, STATE_FILE), `${JSON.stringify({ ...content, seal: sealOf(content) }, null, 1)}\n`);
    await syncPath(join(temporary, STATE_FILE));
    await syncPath(temporary);
    await rm(path, { recursive: true, force: true });
    await rename(temporary, path);
    await syncPath(dirname(path));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw ioError(error, path);
  }
}

/** The state of a sealed folder if every file is there with its hash; otherwise why it is not to be trusted. */
export async function readSealedFolder<State>(path: string): Promise<{ readonly state: State & Sealed } | { readonly reason: string }> {
  let state: (State & Sealed & { readonly seal?: string }) | null;
  try {
    state = JSON.parse(await readFile(join(path, STATE_FILE), 'utf8'));
  } catch (error) {
    return { reason: `${STATE_FILE} cannot be read: ${(error as Error).message}` };
  }
  if (typeof state !== 'object' || state === null || typeof state.files !== 'object' || state.files === null) {
    return { reason: `${STATE_FILE} lists no files` };
  }
  const { seal, ...content } = state;
  if (seal !== sealOf(content)) return { reason: `${STATE_FILE} is not what was written: its own hash differs` };
  for (const [name, expected] of Object.entries(state.files)) {
    if (name.includes('/') || name.includes('\\')) return { reason: `${STATE_FILE} names a file outside its folder` };
    const found = await sha256(join(path, name)).catch((error: Error) => error);
    if (found instanceof Error) return { reason: `${name} cannot be read: ${found.message}` };
    if (found !== expected) return { reason: `${name} is not what was written: its SHA-256 differs` };
  }
  return { state };
}

/** Hash of the sealing file's content, so that a changed digit in it is seen too. */
function sealOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
