import { slideError } from '../errors.js';
import { takePixels } from '../pixel-memory.js';
import type { RgbImage } from '../slide.js';
import { isSafeForLibjpeg } from './checked-tables.js';
import { nativeJpeg } from './native-jpeg.js';
import { decodeWithSharp } from './sharp-jpeg.js';
import { colourInTiff, completeJpeg, type JpegColour, type JpegHeader, readJpegHeader } from './stream.js';

/**
 * Decodes a JPEG to the pixels that libjpeg-turbo gives: accurate integer transform, fancy upsampling. The system's
 * libjpeg-turbo does it where koffi finds one, sharp otherwise, to the same bytes.
 *
 * @param bytes one JPEG file
 * @returns uint8 RGB; grey files have three equal channels
 * @throws SlidestreamError `slide/corrupt-tile`, `slide/unsupported-compression`
 * @example
 * ```ts
 * const { width, height, data } = await decodeJpeg(await readFile('tile.jpg'));
 * ```
 */
export async function decodeJpeg(bytes: Uint8Array): Promise<RgbImage> {
  return decodeJpegAs(bytes, {});
}

/** How a JPEG out of a container differs from a file of its own. */
export interface JpegContext {
  /** Tables that the stream leans on. */
  readonly tables?: readonly Uint8Array[];
  /** Colour that the TIFF's photometric tag says; absent = the stream alone decides. */
  readonly tagged?: 'rgb' | 'ycbcr' | 'grey';
  /** Colour of a stream that does not say its own, and has no such tag. */
  readonly unsaid?: 'rgb' | 'ycbcr';
  /** Called with the size before anything is decoded; throws to refuse it. */
  readonly checkSize?: (width: number, height: number) => void;
  /** Where the pixels are to go; absent = into new memory. */
  readonly out?: Uint8Array;
}

/** A file of its own may have so many pixels; tiles are held to their size. */
const MAX_PIXELS = 2 ** 28;

/** Decodes a JPEG of a container. @throws SlidestreamError `slide/corrupt-tile`, `slide/unsupported-compression` */
export async function decodeJpegAs(bytes: Uint8Array, context: JpegContext): Promise<RgbImage> {
  const header = readJpegHeader(bytes, context.tables);
  const { width, height } = header;
  context.checkSize?.(width, height);
  if (width * height > MAX_PIXELS) throw slideError('slide/too-large', `a JPEG of ${width} × ${height} pixels`);
  const colour = colourOf(header, context);
  const data = decodeHere(header, colour, context.out);
  if (data !== undefined) return { width, height, data };
  const image = await decodeWithSharp(completeJpeg(header, colour), width, height);
  if (context.out === undefined) return image;
  context.out.set(image.data);
  return { width, height, data: context.out };
}

function colourOf(header: JpegHeader, { tagged, unsaid }: JpegContext): JpegColour {
  if (tagged !== undefined) return colourInTiff(header, tagged);
  return header.saysColour || unsaid === undefined ? header.colour : unsaid;
}

/** Streams are completed and decoded one after the other: in the same memory. */
let stream = new Uint8Array(1 << 16);
const inStreamMemory = (bytes: number): Uint8Array => {
  if (stream.length < bytes) stream = new Uint8Array(2 * bytes);
  return stream.subarray(0, bytes);
};

/** Decodes with the system's libjpeg-turbo; `undefined` when that is absent or not made for the stream. */
function decodeHere(header: JpegHeader, colour: JpegColour, out: Uint8Array | undefined): Uint8Array | undefined {
  const native = nativeJpeg();
  if (native === null || !isSafeForLibjpeg(header)) return undefined;
  const { width, height } = header;
  const data = out ?? takePixels(width * height * 3);
  if (data.length < width * height * 3) throw new RangeError('the output is smaller than the image');
  if (native.decodeInto(completeJpeg(header, colour, inStreamMemory), width, height, data)) return data;
  throw slideError('slide/corrupt-tile', 'the JPEG stream is damaged: its data do not decode cleanly');
}
