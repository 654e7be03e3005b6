import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ioError } from '@slidestream/core/node';
import { jpegSize } from './jpeg-size.js';
import { storeError } from './store-error.js';
import { checkRecord, decodeExample, RECORD_HEAD, RECORD_TAIL, recordLength, type TileExample } from './tfrecord.js';
import { importedInfo, type SlideInfo, type TileScaleFacts, type TileSource } from './tile-source.js';

const ENDING = '.tfrecords';

/** Largest record: a tile of 4096 px without compression. */
const MAX_RECORD = 1 << 26;

/** Whether a folder holds slideflow's tiles. */
export async function hasTfrecords(folder: string): Promise<boolean> {
  return (await readdir(folder)).some((name) => name.endsWith(ENDING));
}

async function exactly(handle: FileHandle, offset: number, length: number, file: string): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  const { bytesRead } = await handle.read(out, 0, length, offset);
  if (bytesRead !== length) throw storeError('import-tfrecord', 'the file is cut off', { file, offset });
  return out;
}

/** The tiles of a TFRecord file, one at a time. @throws SlidestreamError `store/import-tfrecord`, `io/*` */
async function* readTfrecords(file: string): AsyncGenerator<TileExample> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw ioError(error, file);
  });
  try {
    const { size } = await handle.stat();
    for (let offset = 0; offset < size; ) {
      const place = { file, offset };
      const head = await exactly(handle, offset, RECORD_HEAD, file);
      const length = recordLength(head, size - offset - RECORD_HEAD, place);
      if (length > MAX_RECORD) throw storeError('import-tfrecord', `a record has ${length} bytes`, place);
      const record = await exactly(handle, offset + RECORD_HEAD, length + RECORD_TAIL, file);
      checkRecord(record.subarray(0, length), record.slice(length), place);
      yield decodeExample(record.subarray(0, length), place);
      offset += RECORD_HEAD + length + RECORD_TAIL;
    }
  } finally {
    await handle.close();
  }
}

interface Scanned {
  readonly file: string;
  readonly count: number;
  readonly info: SlideInfo;
}

/**
 * A folder of slideflow's `{slide}.tfrecords` as a source of tiles. Places are the middles of tiles there, so that the side of a tile at level 0 must be
 * said where they have any.
 *
 * @throws SlidestreamError `store/import-tfrecord`, `store/import-facts`, `io/*`
 */
export async function openTfrecords(folder: string, facts: TileScaleFacts): Promise<TileSource> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ENDING)).sort();
  const slides = new Map<string, Scanned>();
  for (const name of names) {
    const slide = name.slice(0, -ENDING.length);
    slides.set(slide, await scan(join(folder, name), facts));
  }
  const of = (slide: string): Scanned => slides.get(slide) as Scanned;
  return {
    header: null,
    slides: [...slides.keys()],
    tileCount: (slide) => of(slide).count,
    info: (slide) => of(slide).info,
    async *tiles(slide) {
      const { file } = of(slide);
      for await (const { image } of readTfrecords(file)) {
        if (jpegSize(image) === undefined) throw storeError('import-jpeg', 'a tile is no JPEG; a store keeps JPEGs', { file, slide });
        yield { jpeg: image };
      }
    },
    [Symbol.dispose]() {},
  };
}

async function scan(file: string, facts: TileScaleFacts): Promise<Scanned> {
  const { sizeLevel0Px: side } = facts;
  const coords: number[] = [];
  let count = 0;
  for await (const { centre } of readTfrecords(file)) {
    count++;
    if (centre === null) continue;
    if (side === undefined) {
      const hint = 'Say the side of a tile at level 0: --tile-size-level0';
      throw storeError(
        'import-facts',
        'places are the middles of tiles here, and their size is not said',
        { file },
        { category: 'usage', hint },
      );
    }
    coords.push(centre[0] - side / 2, centre[1] - side / 2);
  }
  if (coords.length !== 0 && coords.length !== 2 * count)
    throw storeError('import-tfrecord', 'some tiles have a place, some have none', { file });
  return { file, count, info: importedInfo(coords, facts) };
}
