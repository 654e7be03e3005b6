import { setImmediate } from 'node:timers/promises';
import { TILE_RECORD_OVERHEAD, type TileRecord, tileRecord } from '@slidestream/lmdb-io';
import { encodeJpeg, openSlide, resizeRgb, type Slide, type SlideInfo, type SlideLevel } from '@slidestream/slides';
import type { PackOptions } from './pack-settings.js';
import { fingerprint } from './slide-fingerprint.js';

/** Some tiles of one slide to read and compress: plain data, so that another process can do it. */
export interface PortionRequest extends Pick<PackOptions, 'mppIfUnknown' | 'missingTiles' | 'reader'> {
  readonly path: string;
  readonly level: number;
  readonly readSizePx: number;
  /** Side of the compressed tile. */
  readonly sizePx: number;
  readonly jpegQuality: number;
  /** Level-0 corners, flat [x0, y0, x1, y1, …]. */
  readonly coords: Int32Array;
  /** Whether tiles that are the file's own go into the store as they are, without a loss and without being decoded. */
  readonly asStored?: boolean | undefined;
  /** Whether the slide itself is to be described, too. */
  readonly describe: boolean;
}

/** What a store records of a slide. */
export interface SlideFacts extends Pick<SlideInfo, 'reader' | 'width' | 'height' | 'mpp'> {
  readonly sourceHash: string;
}

/** What a {@link PortionRequest} came to: the store's records of its tiles in one piece, since many small ones cost more than their bytes. */
export interface Portion {
  readonly bytes: Uint8Array;
  /** Where in `bytes` the record of each tile begins, in the order of the coordinates. */
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  /** CRC-32C of each JPEG. */
  readonly checksums: Uint32Array;
  readonly facts: SlideFacts | null;
}

/** The records of a portion, views of its memory; `onWritten` is called when that is free. */
export function* recordsOf({ bytes, starts, lengths, checksums }: Portion, onWritten: () => void): Generator<TileRecord> {
  const last = starts.length - 1;
  for (let i = 0; i <= last; i++) {
    const start = starts[i] as number;
    const value = bytes.subarray(start, start + (lengths[i] as number));
    yield { value, crc32c: checksums[i] as number, onWritten: i === last ? onWritten : undefined };
  }
}

/** Works on portions one after the other; the slides that it worked on last stay open. */
export interface PortionEncoder {
  /** @param memory - where the records go as long as it is large enough; new memory by default */
  encode(request: PortionRequest, memory?: Uint8Array): Promise<Portion>;
  close(): Promise<void>;
}

/** Portions of a slide are handed out in turn with those of the next. */
const OPEN_SLIDES = 3;
/** Reads under way at a time: storage that answers slowly is asked ahead. */
const READS = 4;
/** Between two looks at what else there is to do. */
const BUSY_MS = 10;

/** Makes the encoder of one process. */
export function createPortionEncoder(): PortionEncoder {
  const slides = new Map<string, Slide>();
  const slideOf = async (request: PortionRequest): Promise<Slide> => {
    const { path, missingTiles, mppIfUnknown, reader } = request;
    const key = JSON.stringify([path, missingTiles, mppIfUnknown, reader]);
    const slide = slides.get(key) ?? (await openPacked(request));
    slides.delete(key);
    slides.set(key, slide);
    for (const [oldest, old] of slides) {
      if (slides.size <= OPEN_SLIDES) break;
      slides.delete(oldest);
      await old.close();
    }
    return slide;
  };
  let last: Promise<unknown> = Promise.resolve();
  const encode = async (request: PortionRequest, memory: Uint8Array | undefined): Promise<Portion> => {
    const slide = await slideOf(request);
    const { reader, width, height, mpp } = slide.info;
    const facts = request.describe ? { reader, sourceHash: await fingerprint(request.path), width, height, mpp } : null;
    return { ...(await encodeTiles(slide, request, memory)), facts };
  };
  return {
    encode(request, memory) {
      const portion = last.then(() => encode(request, memory));
      last = portion.catch(() => undefined);
      return portion;
    },
    async close() {
      await last;
      for (const slide of slides.values()) await slide.close();
      slides.clear();
    },
  };
}

async function openPacked({ path, missingTiles, mppIfUnknown, reader }: PortionRequest): Promise<Slide> {
  const slide = await openSlide(path, { missingTiles, reader });
  if (slide.info.mpp !== null || mppIfUnknown === undefined) return slide;
  await slide.close();
  return openSlide(path, { missingTiles, reader, mpp: mppIfUnknown });
}

async function encodeTiles(slide: Slide, request: PortionRequest, memory?: Uint8Array): Promise<Omit<Portion, 'facts'>> {
  const { level, readSizePx, sizePx, coords, jpegQuality, asStored } = request;
  const count = coords.length / 2;
  const records = createRecordMemory(count, memory ?? new Uint8Array(likelyBytes(request)));
  let next = 0;
  let failed = false;
  let rested = performance.now();
  const work = async (): Promise<void> => {
    const out = new Uint8Array(readSizePx * readSizePx * 3);
    const jpegOut = new Uint8Array(sizePx * sizePx);
    while (next < count && !failed) {
      const index = next++;
      const [x, y] = [coords[2 * index] as number, coords[2 * index + 1] as number];
      try {
        const stored = asStored === true ? await readStored(slide, level, x, y) : null;
        if (stored !== null) records.add(index, stored);
        else {
          const region = await slide.readRegion({ level, x, y, width: readSizePx, height: readSizePx, out });
          records.add(index, await encodeJpeg(resizeRgb(region, sizePx, sizePx), { quality: jpegQuality, out: jpegOut }));
        }
      } catch (error) {
        failed = true;
        throw error;
      }
      if (performance.now() - rested < BUSY_MS) continue;
      // Reading and compressing may both be over at once: without a rest no signal and no message would be heard.
      await setImmediate();
      rested = performance.now();
    }
  };
  // All are waited for, so that nothing reads a slide that is closed for a failure.
  const ended = await Promise.allSettled(Array.from({ length: Math.min(READS, count) }, work));
  const failure = ended.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return records.take();
}

/** The file's own tile at a place, where it is a JPEG and all of it lies in the image: what hangs over the border is white in a region, anything in a file. */
async function readStored(slide: Slide, level: number, x: number, y: number): Promise<Uint8Array | null> {
  const { width, height, downsample, tileWidth, tileHeight, compression } = slide.info.levels[level] as SlideLevel;
  const [column, row] = [Math.round(x / downsample / tileWidth), Math.round(y / downsample / tileHeight)];
  const there = Math.round(column * tileWidth * downsample) === x && Math.round(row * tileHeight * downsample) === y;
  if (compression !== 'jpeg' || !there || (column + 1) * tileWidth > width || (row + 1) * tileHeight > height) return null;
  const tile = await slide.readRawTile(level, column, row);
  return tile?.compression === 'jpeg' ? tile.bytes : null;
}

/** Bytes that the records of a portion rarely go beyond. */
export function likelyBytes({ coords, sizePx }: PortionRequest): number {
  return (coords.length / 2) * (Math.ceil((sizePx * sizePx) / 4) + 1024);
}

/** Keeps the records of `count` tiles in one piece of memory, in whatever order they come. */
function createRecordMemory(
  count: number,
  memory: Uint8Array,
): { add(index: number, jpeg: Uint8Array): void; take(): Omit<Portion, 'facts'> } {
  const starts = new Uint32Array(count);
  const lengths = new Uint32Array(count);
  const checksums = new Uint32Array(count);
  let bytes = memory;
  let used = 0;
  return {
    add(index, jpeg) {
      const needed = used + jpeg.length + TILE_RECORD_OVERHEAD;
      if (needed > bytes.length) {
        const larger = new Uint8Array(Math.max(needed, 2 * bytes.length));
        larger.set(bytes.subarray(0, used));
        bytes = larger;
      }
      const { value, crc32c } = tileRecord(jpeg, bytes.subarray(used));
      starts[index] = used;
      lengths[index] = value.length;
      checksums[index] = crc32c;
      used += value.length;
    },
    take: () => ({ bytes: bytes.subarray(0, used), starts, lengths, checksums }),
  };
}
