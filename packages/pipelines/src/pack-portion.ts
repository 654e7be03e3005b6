import { setImmediate } from 'node:timers/promises';
import { encodeJpeg, openSlide, resizeRgb, type Slide, type SlideInfo } from '@slidestream/slides';
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
  /** Whether the slide itself is to be described, too. */
  readonly describe: boolean;
}

/** What a store records of a slide. */
export interface SlideFacts extends Pick<SlideInfo, 'reader' | 'width' | 'height' | 'mpp'> {
  readonly sourceHash: string;
}

/** What a {@link PortionRequest} came to. */
export interface Portion {
  /** One JPEG a tile, in the order of the coordinates. */
  readonly jpegs: readonly Uint8Array[];
  readonly facts: SlideFacts | null;
}

/** Works on portions one after the other; the slides that it worked on last stay open. */
export interface PortionEncoder {
  encode(request: PortionRequest): Promise<Portion>;
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
  const encode = async (request: PortionRequest): Promise<Portion> => {
    const slide = await slideOf(request);
    const { reader, width, height, mpp } = slide.info;
    const facts = request.describe ? { reader, sourceHash: await fingerprint(request.path), width, height, mpp } : null;
    return { jpegs: await encodeTiles(slide, request), facts };
  };
  return {
    encode(request) {
      const portion = last.then(() => encode(request));
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

async function encodeTiles(slide: Slide, request: PortionRequest): Promise<Uint8Array[]> {
  const { level, readSizePx, sizePx, coords, jpegQuality } = request;
  const jpegs = new Array<Uint8Array>(coords.length / 2);
  let next = 0;
  let failed = false;
  let rested = performance.now();
  const work = async (): Promise<void> => {
    const out = new Uint8Array(readSizePx * readSizePx * 3);
    while (next < jpegs.length && !failed) {
      const index = next++;
      const [x, y] = [coords[2 * index] as number, coords[2 * index + 1] as number];
      try {
        const region = await slide.readRegion({ level, x, y, width: readSizePx, height: readSizePx, out });
        jpegs[index] = await encodeJpeg(resizeRgb(region, sizePx, sizePx), { quality: jpegQuality });
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
  const ended = await Promise.allSettled(Array.from({ length: READS }, work));
  const failure = ended.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return jpegs;
}
