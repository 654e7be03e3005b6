import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { isSlidestreamError } from '@slidestream/core';
import { ioError, writeAtomically } from '@slidestream/core/node';
import type { Dataset, File } from 'h5wasm/node';
import { formatError } from './format-error.js';

type Library = typeof import('h5wasm/node');

let library: Promise<Library> | undefined;
let wasm: Library['Module'] | undefined;

/** The wasm module itself; only while a file is open. */
export function wasmModule(): Library['Module'] {
  if (wasm === undefined) throw new Error('the HDF5 library is not loaded');
  return wasm;
}

/** The wasm library, loaded when the first HDF5 file is touched. */
async function loadLibrary(): Promise<Library> {
  library ??= import('h5wasm/node').then(async (loaded) => {
    const module = await loaded.ready;
    // Errors as exceptions; without this the library prints its stack to the terminal.
    module.activate_throwing_error_handler();
    wasm = module;
    return loaded;
  });
  return library;
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

function checkSignature(path: string): void {
  const head = new Uint8Array(8);
  try {
    const descriptor = openSync(path, 'r');
    try {
      readSync(descriptor, head, 0, 8, 0);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw ioError(error, path);
  }
  if (SIGNATURE.some((byte, i) => head[i] !== byte)) throw formatError('hdf5-not', 'the file is no HDF5 file', { file: path, offset: 0 });
}

/** Runs `read` on an open file; whatever the library throws becomes typed. @throws SlidestreamError `format/hdf5-*`, `io/*` */
export async function readHdf5<T>(path: string, read: (file: File) => T): Promise<T> {
  checkSignature(path);
  const { File } = await loadLibrary();
  let file: File | undefined;
  try {
    file = new File(path, 'r');
    return read(file);
  } catch (error) {
    if (isSlidestreamError(error)) throw error;
    const cause = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw formatError(
      'hdf5-broken',
      `the HDF5 file cannot be read: ${cause}`,
      { file: path },
      'The file may be cut off; write or fetch it again',
      error,
    );
  } finally {
    try {
      file?.close();
    } catch {
      // A file that could not be read cannot always be closed.
    }
  }
}

/**
 * Writes an HDF5 file, complete or not at all.
 *
 * @param template - bytes of a file that is filled on instead of an empty one
 * @throws SlidestreamError `io/*`, `format/hdf5-write`
 */
export async function writeHdf5(path: string, write: (file: File) => void, template?: Uint8Array): Promise<void> {
  const { File } = await loadLibrary();
  await writeAtomically(path, async (temporary) => {
    // Opened here first, so that a missing folder or a full disk is named by the file system and not by the library.
    writeFileSync(temporary, template ?? '', { flag: 'wx' });
    try {
      const file = new File(temporary, template === undefined ? 'w' : 'a');
      try {
        write(file);
        file.flush();
      } finally {
        file.close();
      }
    } catch (error) {
      if (isSlidestreamError(error)) throw error;
      throw formatError('hdf5-write', 'the HDF5 file cannot be written', { file: path }, 'Check the space left on the disk', error);
    }
  });
}

/** The dataset `name` of the root. @throws SlidestreamError `format/hdf5-missing` */
export function dataset(file: File, path: string, name: string): Dataset {
  const found = file.keys().includes(name) ? file.get(name) : null;
  if (found === null || !('filters' in found)) {
    throw formatError(
      'hdf5-missing',
      `the file has no dataset ${JSON.stringify(name)}`,
      { file: path },
      `It has: ${file.keys().slice(0, 10).join(', ')}`,
    );
  }
  return found;
}
