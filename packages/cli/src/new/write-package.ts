import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { ioError, writeFileAtomic } from '@slidestream/core/node';

/** Writes files into a folder that is new or empty. @throws SlidestreamError `cli/usage` for a folder that holds something, `io/*` */
export async function writePackage(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0) throw notEmpty(folder);
    for (const [path, content] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFileAtomic(join(folder, path), content);
    }
  } catch (error) {
    throw ioError(error, folder);
  }
}

function notEmpty(file: string): SlidestreamError {
  return new SlidestreamError({
    code: 'cli/usage',
    category: 'usage',
    message: 'this folder is not empty',
    where: { file },
    hint: 'Name another one by --out; nothing is overwritten',
  });
}
