import { slideError } from '../errors.js';
import { vips } from '../sharp-settings.js';
import type { RgbImage } from '../slide.js';

/**
 * Decodes a complete JPEG with libvips' libjpeg-turbo, on libuv's threads. A stream that is damaged in any way is
 * refused: libjpeg would fill what is missing with grey.
 */
export async function decodeWithSharp(jpeg: Uint8Array, width: number, height: number): Promise<RgbImage> {
  let decoded: { data: Buffer; info: { width: number; height: number; channels: number } };
  try {
    decoded = await vips(jpeg, { limitInputPixels: false, failOn: 'warning', ignoreIcc: true, autoOrient: false })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
  } catch (cause) {
    throw slideError('slide/corrupt-tile', `the JPEG stream is damaged: ${firstLine(cause)}`, { cause });
  }
  const { data, info } = decoded;
  if (info.width !== width || info.height !== height || info.channels !== 3) {
    throw slideError(
      'slide/corrupt-tile',
      `the JPEG stream gave ${info.width} × ${info.height} pixels, its header says ${width} × ${height}`,
    );
  }
  return { width, height, data };
}

function firstLine(cause: unknown): string {
  return String(cause instanceof Error ? cause.message : cause).split('\n', 1)[0] ?? '';
}
