import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { ioError, writeFileAtomic } from '@slidestream/core/node';
import type { TileStoreReader } from '@slidestream/lmdb-io';
import type { VerbContext } from '../verb.js';

/**
 * Writes the tiles of a store as `DIR/{slide}/{index}.jpg`, the bytes as they are stored.
 *
 * @returns how many
 * @throws SlidestreamError `store/unsafe-name` for a slide id that would leave the folder, `io/*`
 */
export async function exportTiles(
  store: TileStoreReader,
  options: { readonly out: string; readonly slides?: readonly string[] | undefined },
  context: Pick<VerbContext, 'onProgress' | 'signal'>,
): Promise<number> {
  const slides = options.slides ?? store.slides;
  const total = slides.reduce((sum, slide) => sum + store.tileCount(slide), 0);
  let done = 0;
  for (const slide of slides) {
    const folder = join(options.out, safeName(slide));
    await mkdir(folder, { recursive: true }).catch((error: unknown) => {
      throw ioError(error, folder);
    });
    for await (const { index, jpeg } of store.tiles(slide)) {
      context.signal.throwIfAborted();
      await writeFileAtomic(join(folder, `${index}.jpg`), jpeg);
      context.onProgress({ unit: 'tiles', done: ++done, total, current: slide });
    }
  }
  return done;
}

/** A slide id as a folder's name; ids come from files of others, so that one that leads elsewhere is refused. */
function safeName(slide: string): string {
  if (slide !== '' && slide !== '.' && slide !== '..' && !/[/\\\0]/.test(slide) && Buffer.byteLength(slide) <= 255) return slide;
  throw new SlidestreamError({
    code: 'store/unsafe-name',
    category: 'data',
    message: 'this slide id cannot be the name of a folder',
    where: { slide },
    hint: 'Name the slides to export with --slides',
  });
}
