import { mpp as checkMpp } from '@slidestream/core';
import type { ByteSource } from './byte-source.js';
import { slideError } from './errors.js';
import { decodeJpeg } from './jpeg/decode-jpeg.js';
import { readJpegHeader } from './jpeg/stream.js';
import { createPyramidSlide } from './pyramid-slide.js';
import { IMAGE_READER } from './reader-version.js';
import { vips } from './sharp-settings.js';
import type { OpenSlideOptions, Slide } from './slide.js';
import { createTileCache } from './tile-cache.js';
import { createTiledImage } from './tiled-image.js';

/** Such an image is held whole in memory, 3 bytes a pixel. */
const MAX_PIXELS = 1 << 26;
/** A progressive JPEG takes three times as much while it is decoded. */
const MAX_PROGRESSIVE_PIXELS = 1 << 25;
/** No image within the limit takes more bytes. */
const MAX_FILE_BYTES = 512 << 20;

/** A plain image as it says it is, before its pixels are decoded. */
interface PlainImage {
  readonly width: number;
  readonly height: number;
  /** uint8 RGB [height, width, 3]; what is transparent lies over white. */
  decode(): Promise<Uint8Array>;
}

/**
 * Opens a PNG or JPEG as a slide of one level. Its pixel size is unknown: the resolution in such files is that of a screen.
 *
 * @throws SlidestreamError `slide/corrupt`, `slide/corrupt-tile`, `slide/too-large`, `slide/unsupported-compression`
 */
export async function openImageSlide(source: ByteSource, kind: 'png' | 'jpeg', options: OpenSlideOptions): Promise<Slide> {
  if (source.size > MAX_FILE_BYTES) throw tooLarge(`a file of ${source.size} bytes`, source.name);
  const bytes = await source.read(0, source.size);
  const image = kind === 'jpeg' ? readJpeg(bytes, source.name) : await readPng(bytes, source.name);
  const { width, height } = image;
  let decoded: Promise<Uint8Array> | undefined;
  const compression = kind === 'jpeg' ? 'jpeg' : 'deflate';
  const reader = createTiledImage(
    {
      ...{ width, height, tileWidth: width, tileHeight: height, columns: 1, rows: 1, compression, sparse: false },
      placeOf: () => ({ file: source.name }),
      isMissing: () => false,
      decode: () => {
        decoded ??= image.decode();
        return decoded;
      },
      readRaw: async () => null,
    },
    { cache: createTileCache(0), firstKey: 0, missingTiles: 'error', level: { index: 0, downsample: 1 } },
  );
  const given = typeof options.mpp === 'number' ? { x: options.mpp, y: options.mpp } : options.mpp;
  return createPyramidSlide({
    info: {
      path: source.name,
      vendor: kind,
      reader: IMAGE_READER,
      width,
      height,
      mpp: given === undefined ? null : { x: checkMpp(given.x), y: checkMpp(given.y), source: 'given' },
      objective: null,
      levels: [{ index: 0, width, height, downsample: 1, tileWidth: width, tileHeight: height, compression, missingTiles: 0 }],
      associated: [],
      properties: {},
    },
    levels: [reader],
    associated: new Map(),
    async close() {
      decoded = undefined;
      await source.close();
    },
  });
}

function readJpeg(bytes: Uint8Array, file: string): PlainImage {
  const { width, height, baseline } = readJpegHeader(bytes);
  if (width * height > (baseline ? MAX_PIXELS : MAX_PROGRESSIVE_PIXELS)) throw tooLarge(`a JPEG of ${width} × ${height} pixels`, file);
  return { width, height, decode: async () => (await decodeJpeg(bytes)).data };
}

async function readPng(bytes: Uint8Array, file: string): Promise<PlainImage> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33 || view.getUint32(12) !== 0x49484452)
    throw slideError('slide/corrupt', 'the PNG has no header', { where: { file } });
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width === 0 || height === 0) throw slideError('slide/corrupt', `a PNG of ${width} × ${height} pixels`, { where: { file } });
  if (width * height > MAX_PIXELS) throw tooLarge(`a PNG of ${width} × ${height} pixels`, file);
  return {
    width,
    height,
    async decode() {
      try {
        const { data, info } = await vips(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'warning', ignoreIcc: true, autoOrient: false })
          .flatten({ background: '#ffffff' })
          .toColourspace('srgb')
          .raw({ depth: 'uchar' })
          .toBuffer({ resolveWithObject: true });
        if (info.width !== width || info.height !== height || info.channels !== 3) throw new Error(`it gave ${info.channels} channels`);
        return data;
      } catch (cause) {
        throw slideError('slide/corrupt-tile', `the PNG is damaged: ${(cause as Error).message.split('\n', 1)[0]}`, { cause });
      }
    },
  };
}

function tooLarge(what: string, file: string): Error {
  return slideError('slide/too-large', `${what} is more than is read whole into memory`, {
    where: { file },
    hint: 'Convert it to a tiled pyramidal TIFF, for instance with `vips tiffsave --tile --pyramid`',
  });
}
