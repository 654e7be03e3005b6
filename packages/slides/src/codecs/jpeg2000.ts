import { slideError } from '../errors.js';
import type { PixelLayout } from '../tiff/image.js';
import { readCodestreamHeader } from './codestream-header.js';
import { decodeCodestream } from './openjpeg.js';
import { samplesToRgb, ycbcrToRgb } from './samples-to-rgb.js';

/** OpenJPEG works with 4 bytes a sample and several copies: larger tiles would take hundreds of megabytes. */
const MAX_PIXELS = 2048 * 2048;
const MAX_INNER_TILES = 1024;

/**
 * Decodes a JPEG 2000 tile to RGB. Aperio's 33003 holds YCbCr without a component transform, 33005 holds RGB.
 *
 * @throws SlidestreamError `slide/corrupt-tile`, `slide/unsupported-compression`, `slide/too-large`
 */
export async function decodeJpeg2000(bytes: Uint8Array, width: number, height: number, layout: PixelLayout): Promise<Uint8Array> {
  const header = readCodestreamHeader(bytes);
  if (header.width !== width || header.height !== height) {
    throw slideError(
      'slide/corrupt-tile',
      `the JPEG 2000 stream says ${header.width} × ${header.height} pixels, the tile has ${width} × ${height}`,
    );
  }
  if (width * height > MAX_PIXELS || header.tiles > MAX_INNER_TILES) {
    throw slideError(
      'slide/too-large',
      `JPEG 2000 tiles of ${width} × ${height} pixels in ${header.tiles} parts are more than this reader takes`,
    );
  }
  const samples = layout === 'grey' ? 1 : 3;
  if (header.steps.length !== samples) throw slideError('slide/corrupt-tile', `the JPEG 2000 stream has ${header.steps.length} components`);
  const subsampled = isSubsampled(header.steps, layout);
  const pixels = await decodeCodestream(bytes, width * height * samples);
  // Of subsampled streams OpenJPEG's wrapper has made RGB already.
  if (layout === 'ycbcr' && !subsampled) ycbcrToRgb(pixels);
  return samplesToRgb(pixels, layout === 'grey' ? 'grey' : 'rgb', width * height);
}

function isSubsampled(steps: readonly (readonly [number, number])[], layout: PixelLayout): boolean {
  const shape = steps.map((step) => step.join('x')).join(' ');
  if (shape === '1x1' || shape === '1x1 1x1 1x1') return false;
  if (layout === 'ycbcr' && (shape === '1x1 2x1 2x1' || shape === '1x1 2x2 2x2')) return true;
  throw slideError('slide/unsupported-compression', `JPEG 2000 components sampled as ${shape} cannot be decoded`);
}
