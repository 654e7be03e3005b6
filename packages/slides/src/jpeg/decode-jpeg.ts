import type { RgbImage } from '../slide.js';
import { decodeWithSharp } from './sharp-jpeg.js';
import { colourInTiff, completeJpeg, type JpegColour, readJpegHeader } from './stream.js';

/**
 * Decodes a JPEG to the pixels that libjpeg-turbo gives: accurate integer transform, fancy upsampling.
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
  readonly tagged?: JpegColour;
  /** Called with the size before anything is decoded; throws to refuse it. */
  readonly checkSize?: (width: number, height: number) => void;
}

/** Decodes a JPEG of a container. @throws SlidestreamError `slide/corrupt-tile`, `slide/unsupported-compression` */
export async function decodeJpegAs(bytes: Uint8Array, context: JpegContext): Promise<RgbImage> {
  const header = readJpegHeader(bytes, context.tables);
  context.checkSize?.(header.width, header.height);
  const colour = context.tagged === undefined ? header.colour : colourInTiff(header, context.tagged);
  return decodeWithSharp(completeJpeg(header, colour), header.width, header.height);
}
