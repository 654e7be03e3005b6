import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, writeFileAtomic } from '@slidestream/core/node';
import type { CopyOptions, CopyReport } from './copy-options.js';
import { folderName } from './export-folder-name.js';
import { openTileStore } from './open-tile-store.js';
import { storeError } from './store-error.js';

/** Name of the table beside the slides' folders. */
export const EXPORT_TABLE = 'slides.json';

/** How {@link exportTileStore} works. */
export interface ExportOptions extends CopyOptions {
  /** All by default. */
  readonly slides?: readonly string[] | undefined;
}

/**
 * Writes tiles as `{folder}/{slide}/{index}.jpg`, and `slides.json` with what the store knows of each slide. Ids that are no file names are encoded.
 *
 * @throws SlidestreamError as `openTileStore`; `store/folder-not-empty`, `io/*`
 */
export async function exportTileStore(path: string, folder: string, options: ExportOptions = {}): Promise<CopyReport> {
  using store = openTileStore(path);
  const slides = options.slides ?? store.slides;
  for (const slide of slides) store.tileCount(slide);
  const table: Record<string, unknown>[] = [];
  let tiles = 0;
  try {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0) {
      throw storeError(
        'folder-not-empty',
        'the folder holds files already',
        { file: folder },
        { category: 'usage', hint: 'Export into a new folder' },
      );
    }
    for (const [done, slide] of slides.entries()) {
      const name = folderName(slide);
      await mkdir(join(folder, name));
      for await (const { index, jpeg } of store.tiles(slide)) {
        options.signal?.throwIfAborted();
        await writeFile(join(folder, name, `${index}.jpg`), jpeg, { flag: 'wx' });
        tiles++;
      }
      table.push({ slide, folder: name, tiles: store.tileCount(slide), info: store.slideInfo(slide) });
      options.onSlide?.(slide, done + 1, slides.length);
    }
    // Written last: a folder that has it is complete.
    await writeFileAtomic(join(folder, EXPORT_TABLE), `${JSON.stringify({ header: store.header, slides: table }, null, 1)}\n`);
  } catch (error) {
    throw ioError(error, folder);
  }
  return { slides: slides.length, tiles, kept: 0 };
}
