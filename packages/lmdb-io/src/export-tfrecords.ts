import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError, writeAtomically } from '@slidestream/core/node';
import type { CopyReport } from './copy-options.js';
import { folderName } from './export-folder-name.js';
import type { ExportOptions } from './export-tile-store.js';
import { openTileStore } from './open-tile-store.js';
import { encodeExample, encodeRecord } from './tfrecord.js';

/** Where the tiles of a slide stand in its TFRecord file: what slideflow keeps in `{slide}.index.npz`. */
export interface TfrecordIndex {
  readonly slide: string;
  /** Name of the file without its ending. */
  readonly name: string;
  /** Begin and length of every record, flat. */
  readonly spans: readonly number[];
  /** Middles of tiles at level 0, flat; `null` where the store has no places. */
  readonly centres: readonly number[] | null;
}

/** How {@link exportTfrecords} works. */
export interface ExportTfrecordsOptions extends ExportOptions {
  /** Called for each slide, to write its index. */
  readonly onIndex?: ((index: TfrecordIndex) => Promise<void>) | undefined;
}

/**
 * Writes tiles as slideflow's `{folder}/{slide}.tfrecords`, the JPEG bytes as they are stored, with the middles of tiles at level 0.
 *
 * @throws SlidestreamError as `openTileStore`; `io/*`
 */
export async function exportTfrecords(path: string, folder: string, options: ExportTfrecordsOptions = {}): Promise<CopyReport> {
  using store = openTileStore(path);
  const slides = options.slides ?? store.slides;
  for (const slide of slides) store.tileCount(slide);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw ioError(error, folder);
  });
  let tiles = 0;
  for (const [done, slide] of slides.entries()) {
    const name = folderName(slide);
    const info = store.slideInfo(slide);
    const half = (info?.scale.sizeLevel0Px ?? 0) / 2;
    const placed = info !== null && info.coords.length > 0 && half > 0;
    const centres = placed ? info.coords.map((value) => Math.round(value + half)) : null;
    const spans: number[] = [];
    await writeAtomically(join(folder, `${name}.tfrecords`), async (temporary) => {
      const file = await open(temporary, 'wx');
      try {
        let offset = 0;
        for await (const { index, jpeg } of store.tiles(slide)) {
          options.signal?.throwIfAborted();
          const centre = centres === null ? null : ([centres[2 * index] as number, centres[2 * index + 1] as number] as const);
          const record = encodeRecord(encodeExample({ slide, image: jpeg, centre }));
          await file.writeFile(record);
          spans.push(offset, record.length);
          offset += record.length;
          tiles++;
        }
      } finally {
        await file.close();
      }
    });
    await options.onIndex?.({ slide, name, spans, centres });
    options.onSlide?.(slide, done + 1, slides.length);
  }
  return { slides: slides.length, tiles, kept: 0 };
}
