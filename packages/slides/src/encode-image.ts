import { vips } from './sharp-settings.js';
import type { RgbImage } from './slide.js';

/** How {@link encodeJpeg} compresses. */
export interface EncodeJpegOptions {
  /** 1 to 100: default 80. */
  readonly quality?: number | undefined;
}

/** The image as a JPEG file: baseline, chroma halved, standard Huffman tables, as Pillow writes it. */
export async function encodeJpeg(image: RgbImage, options: EncodeJpegOptions = {}): Promise<Uint8Array> {
  return raw(image)
    .jpeg({ quality: options.quality ?? 80, chromaSubsampling: '4:2:0', optimiseCoding: false })
    .toBuffer();
}

/** The image as a PNG file. */
export async function encodePng(image: RgbImage): Promise<Uint8Array> {
  return raw(image).png({ compressionLevel: 6 }).toBuffer();
}

function raw({ width, height, data }: RgbImage): ReturnType<typeof vips> {
  return vips(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
}
