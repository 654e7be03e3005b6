import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Names that the system's loader knows, by platform. */
const SYSTEM: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['libopenslide.so.1', 'libopenslide.so.0'],
  darwin: ['libopenslide.1.dylib', '/opt/homebrew/lib/libopenslide.1.dylib', '/usr/local/lib/libopenslide.1.dylib'],
  win32: ['libopenslide-1.dll'],
};

const PYTHON_MS = 10_000;
let fromPython: Promise<readonly string[]> | undefined;

/**
 * Places where OpenSlide's shared library may be: `SLIDESTREAM_OPENSLIDE` alone if set, else the folder of Python's `openslide-bin`
 * (asked of `SLIDESTREAM_PYTHON`, or `python3`), then the system's.
 */
export async function openSlideLibraries(): Promise<readonly string[]> {
  const given = process.env.SLIDESTREAM_OPENSLIDE;
  if (given !== undefined && given !== '') return [given];
  fromPython ??= askPython();
  return [...(await fromPython), ...(SYSTEM[process.platform] ?? [])];
}

async function askPython(): Promise<readonly string[]> {
  const program = 'import os, openslide_bin; print(os.path.dirname(openslide_bin.__file__))';
  try {
    const python = process.env.SLIDESTREAM_PYTHON ?? 'python3';
    const { stdout } = await promisify(execFile)(python, ['-c', program], { timeout: PYTHON_MS });
    const folder = stdout.trim();
    const files = await readdir(folder);
    return files.filter((name) => /^libopenslide.*\.(?:so|dylib|dll)(?:\.\d+)*$/.test(name)).map((name) => join(folder, name));
  } catch {
    // No Python, or none with the package: the system may have the library.
    return [];
  }
}
