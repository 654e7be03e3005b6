import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, writeAtomically, writeFileAtomic } from '@slidestream/core/node';
import type { CopyReport } from './copy-options.js';
import { folderName } from './export-folder-name.js';
import type { ExportOptions } from './export-tile-store.js';
import { openTileStore } from './open-tile-store.js';
import { tarEnd, tarHeader, tarPadding } from './tar.js';
import { MANIFEST_ENDING, TAR_ENDING } from './tar-source.js';

/**
 * Writes tiles as hs2p's `{folder}/{slide}.tiles.tar`, one JPEG a tile, with `{slide}.tiles.manifest.csv` where the store knows their places. The bytes are those
 * that Python's `tarfile` and `csv` write.
 *
 * @throws SlidestreamError as `openTileStore`; `io/*`
 */
export async function exportTars(path: string, folder: string, options: ExportOptions = {}): Promise<CopyReport> {
  using store = openTileStore(path);
  const slides = options.slides ?? store.slides;
  for (const slide of slides) store.tileCount(slide);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw ioError(error, folder);
  });
  let tiles = 0;
  for (const [done, slide] of slides.entries()) {
    const name = folderName(slide);
    const coords = store.slideInfo(slide)?.coords ?? [];
    if (coords.length > 0) {
      const lines = Array.from({ length: coords.length / 2 }, (_, i) => `${i},${coords[2 * i]},${coords[2 * i + 1]}\r\n`);
      await writeFileAtomic(join(folder, `${name}${MANIFEST_ENDING}`), `tile_index,x,y\r\n${lines.join('')}`);
    }
    await writeAtomically(join(folder, `${name}${TAR_ENDING}`), async (temporary) => {
      const file = await open(temporary, 'wx');
      try {
        let size = 0;
        for await (const { index, jpeg } of store.tiles(slide)) {
          options.signal?.throwIfAborted();
          for (const piece of [tarHeader(`${String(index).padStart(6, '0')}.jpg`, jpeg.length), jpeg, tarPadding(jpeg.length)]) {
            await file.writeFile(piece);
            size += piece.length;
          }
          tiles++;
        }
        await file.writeFile(tarEnd(size));
      } finally {
        await file.close();
      }
    });
    options.onSlide?.(slide, done + 1, slides.length);
  }
  return { slides: slides.length, tiles, kept: 0 };
}
