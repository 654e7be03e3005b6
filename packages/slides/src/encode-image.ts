import { nativeJpeg } from './jpeg/native-jpeg.js';
import { vips } from './sharp-settings.js';
import type { RgbImage } from './slide.js';

/** How {@link encodeJpeg} compresses. */
export interface EncodeJpegOptions {
  /** 1 to 100: default 80. */
  readonly quality?: number | undefined;
  /** Memory for the file when many images are compressed in turn: the result lies in it where it is large enough. New memory by default. */
  readonly out?: Uint8Array | undefined;
}

/**
 * The image as a JPEG file: baseline, chroma halved, standard Huffman tables, as Pillow writes it.
 *
 * @throws RangeError for a quality outside 1 to 100 or pixels that do not fit the size
 */
export async function encodeJpeg(image: RgbImage, options: EncodeJpegOptions = {}): Promise<Uint8Array> {
  const { width, height, data } = image;
  const quality = options.quality ?? 80;
  if (!(Number.isInteger(quality) && quality >= 1 && quality <= 100)) throw new RangeError(`JPEG quality is 1 to 100, got ${quality}`);
  checkPixels(image);
  const native = nativeJpeg();
  if (native !== null && width <= 65500 && height <= 65500) return native.encode(data, width, height, quality, options.out);
  return raw(image).jpeg({ quality, chromaSubsampling: '4:2:0', optimiseCoding: false }).toBuffer();
}

/** The image as a PNG file. @throws RangeError for pixels that do not fit the size */
export async function encodePng(image: RgbImage): Promise<Uint8Array> {
  checkPixels(image);
  return raw(image).png({ compressionLevel: 6 }).toBuffer();
}

function checkPixels({ width, height, data }: RgbImage): void {
  if (!(width > 0 && height > 0) || data.length !== width * height * 3) {
    throw new RangeError(`an image of ${width} × ${height} pixels has ${width * height * 3} bytes, got ${data.length}`);
  }
}

function raw({ width, height, data }: RgbImage): ReturnType<typeof vips> {
  return vips(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}
