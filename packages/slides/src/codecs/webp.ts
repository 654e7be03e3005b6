import { slideError } from '../errors.js';
import { vips } from '../sharp-settings.js';

/** Decodes a WebP tile to RGB; its size is read and compared before its pixels are. @throws SlidestreamError `slide/corrupt-tile` */
export async function decodeWebp(bytes: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  try {
    const image = vips(bytes, { limitInputPixels: false, failOn: 'warning', ignoreIcc: true });
    const header = await image.metadata();
    if (header.format !== 'webp') throw new Error(`it holds ${header.format}`);
    if (header.width !== width || header.height !== height || (header.pages ?? 1) !== 1) {
      throw new Error(`it says ${header.width} × ${header.height} pixels, the tile has ${width} × ${height}`);
    }
    const { data, info } = await image.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
    if (info.channels !== 3 || data.length !== width * height * 3) throw new Error(`it gave ${info.channels} channels`);
    return data;
  } catch (cause) {
    throw slideError('slide/corrupt-tile', `the WebP stream is damaged: ${(cause as Error).message.split('\n', 1)[0]}`, { cause });
  }
}
