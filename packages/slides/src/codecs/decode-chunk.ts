import { giveBytesBack } from '../byte-memory.js';
import { slideError } from '../errors.js';
import { decodeJpegAs } from '../jpeg/decode-jpeg.js';
import type { TiffImage } from '../tiff/image.js';
import { expandDeflate } from './deflate.js';
import { decodeJpeg2000 } from './jpeg2000.js';
import { expandLzw } from './lzw.js';
import { expandPackBits } from './pack-bits.js';
import { samplesToRgb, undoPredictor } from './samples-to-rgb.js';
import { decodeWebp } from './webp.js';
import { expandZstd } from './zstd.js';

/**
 * Decodes one tile or strip.
 *
 * @param bytes as the source read them, of no use afterwards: their memory may be given back
 * @param rows height of the chunk: the tile's, or what is left of the image for its last strip
 * @param tables table segments of the image's JPEGTables
 * @returns uint8 RGB [rows, tileWidth, 3]
 * @throws SlidestreamError `slide/corrupt-tile`, `slide/unsupported-compression`
 */
export async function decodeChunk(image: TiffImage, bytes: Uint8Array, rows: number, tables: readonly Uint8Array[]): Promise<Uint8Array> {
  const width = image.tileWidth;
  if (image.compression === 'jpeg') return decodeJpegChunk(image, bytes, rows, tables);
  if (image.compression === 'jpeg2000') return decodeJpeg2000(bytes, width, rows, image.layout);
  if (image.compression === 'webp') return decodeWebp(bytes, width, rows);
  const rowBytes = width * image.samples;
  const samples = await expand(image, bytes, rowBytes * rows);
  if (image.predictor) undoPredictor(samples, rowBytes, image.samples);
  return samplesToRgb(samples, image.layout, width * rows);
}

async function decodeJpegChunk(image: TiffImage, bytes: Uint8Array, rows: number, tables: readonly Uint8Array[]): Promise<Uint8Array> {
  const { tileWidth, tileHeight, tiled, layout } = image;
  const checkSize = (width: number, height: number): void => {
    // Some writers give the last strip the full height.
    if (width === tileWidth && (height === rows || (!tiled && height === tileHeight))) return;
    throw slideError('slide/corrupt-tile', `the JPEG stream says ${width} × ${height} pixels, the tile has ${tileWidth} × ${rows}`);
  };
  const tagged = layout === 'rgb' || layout === 'ycbcr' ? layout : 'grey';
  const { data } = await decodeJpegAs(bytes, { tables, tagged, checkSize });
  giveBytesBack(bytes);
  return data.subarray(0, tileWidth * rows * 3);
}

async function expand(image: TiffImage, bytes: Uint8Array, length: number): Promise<Uint8Array> {
  switch (image.compression) {
    case 'deflate':
      return expandDeflate(bytes, length);
    case 'lzw':
      return expandLzw(bytes, length);
    case 'zstd':
      return expandZstd(bytes, length);
    case 'packbits':
      return expandPackBits(bytes, length);
    default:
      if (bytes.length < length) throw slideError('slide/corrupt-tile', `the tile has ${bytes.length} bytes of ${length}`);
      return bytes.subarray(0, length);
  }
}
