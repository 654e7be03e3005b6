import { slideError } from '../errors.js';
import type { Compression } from '../slide.js';
import { readBytes, readFirst, readNumbers, type TiffDirectory, type TiffFile } from './directory.js';
import { TAG } from './tags.js';

/** A level of a million by a million pixels in tiles of 512 has as many. */
const MAX_CHUNKS = 1 << 22;
const MAX_SIDE = 2 ** 31 - 1;
/** The most that one decoded tile may take, 4096 × 4096 RGB with room. */
const MAX_TILE_BYTES = 64 << 20;
/** The most that one decoded strip may take: old writers put a whole image into one. */
const MAX_STRIP_BYTES = 256 << 20;

/** Four tables of each kind take 2 kB. */
const MAX_TABLES_BYTES = 1 << 16;

/** How the samples of an image make its colours. */
export type PixelLayout = 'grey' | 'grey-inverted' | 'rgb' | 'rgba' | 'rgba-premultiplied' | 'rgbx' | 'ycbcr';

/** One image of a TIFF file: size, grid of tiles or strips, and how a chunk becomes pixels. */
export interface TiffImage {
  readonly directory: TiffDirectory;
  readonly width: number;
  readonly height: number;
  readonly tiled: boolean;
  /** A strip is a tile as wide as the image. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly columns: number;
  readonly rows: number;
  readonly compression: Compression;
  readonly layout: PixelLayout;
  /** Samples per pixel, 8 bits each. */
  readonly samples: number;
  /** Planes that are stored apart, each with chunks of its own, one plane's after another's: 1 = samples side by side. */
  readonly planes: number;
  readonly predictor: boolean;
  readonly jpegTables: Uint8Array | undefined;
  /** Place and length of each chunk, row by row. */
  readonly offsets: Float64Array;
  readonly byteCounts: Float64Array;
}

/** Size of an image and whether it is tiled: enough to tell levels from other images. */
export interface TiffImageSize {
  readonly width: number;
  readonly height: number;
  readonly tiled: boolean;
  readonly subfileType: number;
}

const COMPRESSIONS: Readonly<Record<number, Compression>> = {
  1: 'none',
  5: 'lzw',
  7: 'jpeg',
  8: 'deflate',
  32773: 'packbits',
  32946: 'deflate',
  33003: 'jpeg2000',
  33005: 'jpeg2000',
  34712: 'jpeg2000',
  34926: 'zstd',
  34933: 'webp',
  50000: 'zstd',
  50001: 'webp',
};

/** Reads the size of the image of a directory. @throws SlidestreamError `slide/corrupt` */
export async function readImageSize(file: TiffFile, directory: TiffDirectory): Promise<TiffImageSize> {
  const width = (await readFirst(file, directory, TAG.imageWidth)) ?? 0;
  const height = (await readFirst(file, directory, TAG.imageLength)) ?? 0;
  if (!isSide(width) || !isSide(height)) throw corrupt(file, directory, `an image of ${width} × ${height} pixels`);
  const subfileType = (await readFirst(file, directory, TAG.newSubfileType)) ?? 0;
  return { width, height, subfileType, tiled: directory.fields.has(TAG.tileWidth) };
}

/**
 * Reads what is needed to decode the image of a directory; `budget` is what tiles the file's images may still have.
 *
 * @throws SlidestreamError `slide/corrupt`, `slide/truncated`, `slide/too-large`, `slide/unsupported-compression`,
 * `slide/unsupported-layout`
 */
export async function readImage(file: TiffFile, directory: TiffDirectory, budget: { chunks: number }): Promise<TiffImage> {
  const { width, height, tiled } = await readImageSize(file, directory);
  const code = (await readFirst(file, directory, TAG.compression)) ?? 1;
  const compression = COMPRESSIONS[code];
  if (compression === undefined) {
    throw slideError('slide/unsupported-compression', `TIFF compression ${code} cannot be decoded`, {
      where: { file: file.source.name, offset: directory.offset },
      hint: 'Convert the slide, for instance with `vips tiffsave --tile --pyramid --compression jpeg`',
    });
  }
  const { layout, samples, planes } = await readLayout(file, directory, code);
  const tileWidth = tiled ? ((await readFirst(file, directory, TAG.tileWidth)) ?? 0) : width;
  const perStrip = tiled ? 0 : ((await readFirst(file, directory, TAG.rowsPerStrip)) ?? height);
  const tileHeight = tiled ? ((await readFirst(file, directory, TAG.tileLength)) ?? 0) : Math.min(perStrip, height);
  if (!isSide(tileWidth) || !isSide(tileHeight)) throw corrupt(file, directory, `tiles of ${tileWidth} × ${tileHeight} pixels`);
  if (tileWidth * tileHeight * Math.max(samples, 3) > (tiled ? MAX_TILE_BYTES : MAX_STRIP_BYTES)) {
    throw tooLarge(file, directory, `${tiled ? 'tiles' : 'strips'} of ${tileWidth} × ${tileHeight} pixels`);
  }
  const columns = Math.ceil(width / tileWidth);
  const rows = Math.ceil(height / tileHeight);
  const chunks = columns * rows * planes;
  budget.chunks -= chunks;
  if (chunks > MAX_CHUNKS || budget.chunks < 0) throw tooLarge(file, directory, `a grid of ${columns} × ${rows} tiles`);
  const offsets = await readNumbers(file, directory, tiled ? TAG.tileOffsets : TAG.stripOffsets, MAX_CHUNKS);
  const byteCounts = await readNumbers(file, directory, tiled ? TAG.tileByteCounts : TAG.stripByteCounts, MAX_CHUNKS);
  if (offsets.length < chunks || byteCounts.length < chunks) {
    throw corrupt(file, directory, `${chunks} tiles are needed, ${offsets.length} offsets and ${byteCounts.length} lengths are there`);
  }
  const predictor = (await readFirst(file, directory, TAG.predictor)) ?? 1;
  if (predictor !== 1 && predictor !== 2) throw unsupported(file, directory, `TIFF predictor ${predictor}`);
  const jpegTables = compression === 'jpeg' ? await readBytes(file, directory, TAG.jpegTables, MAX_TABLES_BYTES) : undefined;
  return {
    directory,
    width,
    height,
    tiled,
    tileWidth,
    tileHeight,
    columns,
    rows,
    compression,
    layout,
    samples,
    planes,
    predictor: predictor === 2 && (compression === 'deflate' || compression === 'lzw' || compression === 'zstd'),
    jpegTables,
    offsets,
    byteCounts,
  };
}

async function readLayout(
  file: TiffFile,
  directory: TiffDirectory,
  compression: number,
): Promise<{ layout: PixelLayout; samples: number; planes: number }> {
  const samples = (await readFirst(file, directory, TAG.samplesPerPixel)) ?? 1;
  const bits = await readNumbers(file, directory, TAG.bitsPerSample, 16);
  if (bits.length === 0 || bits.some((value) => value !== 8)) throw unsupported(file, directory, `${bits.join(', ') || 1} bits per sample`);
  const planar = (await readFirst(file, directory, TAG.planarConfiguration)) ?? 1;
  if (planar !== 1 && planar !== 2) throw unsupported(file, directory, `planar configuration ${planar}`);
  const depth = (await readFirst(file, directory, TAG.imageDepth)) ?? 1;
  if (depth !== 1) throw unsupported(file, directory, `an image of depth ${depth}`);
  const format = (await readFirst(file, directory, TAG.sampleFormat)) ?? 1;
  if (format !== 1) throw unsupported(file, directory, `sample format ${format}`);
  const fillOrder = (await readFirst(file, directory, TAG.fillOrder)) ?? 1;
  if (fillOrder !== 1) throw unsupported(file, directory, `fill order ${fillOrder}`);
  const photometric = await readFirst(file, directory, TAG.photometric);
  const extra = samples === 4 ? ((await readFirst(file, directory, TAG.extraSamples)) ?? 0) : 0;
  const layout = layoutOf(photometric, samples, extra, compression);
  if (layout === undefined) throw unsupported(file, directory, `photometric interpretation ${photometric} with ${samples} samples`);
  const planes = planar === 2 ? samples : 1;
  if (planes > 1 && !canBePlanar(compression)) throw unsupported(file, directory, `separate colour planes of compression ${compression}`);
  return { layout, samples, planes };
}

function layoutOf(photometric: number | undefined, samples: number, extra: number, compression: number): PixelLayout | undefined {
  if (samples === 3) {
    // Aperio's two JPEG 2000 codes say the colour themselves; the photometric tag beside them does not count.
    if (compression === 33003) return 'ycbcr';
    if (compression === 33005) return 'rgb';
    if (photometric === 2) return 'rgb';
    if (photometric === 6 && (compression === 7 || compression === 34712)) return 'ycbcr';
    if (photometric === 6 && (compression === 34933 || compression === 50001)) return 'rgb';
    return undefined;
  }
  const lossless = compression !== 7 && compression !== 33003 && compression !== 33005 && compression !== 34712;
  if (samples === 4 && photometric === 2 && lossless) return extra === 1 ? 'rgba-premultiplied' : extra === 2 ? 'rgba' : 'rgbx';
  if (samples === 1 && photometric === 1) return 'grey';
  if (samples === 1 && photometric === 0 && compression !== 7) return 'grey-inverted';
  return undefined;
}

/** JPEG 2000 and WebP hold all colours of a tile in one stream. */
function canBePlanar(compression: number): boolean {
  const codec = COMPRESSIONS[compression];
  return codec !== 'jpeg2000' && codec !== 'webp';
}

function isSide(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= MAX_SIDE;
}

function corrupt(file: TiffFile, directory: TiffDirectory, what: string): Error {
  return slideError('slide/corrupt', `the TIFF directory is damaged: ${what}`, {
    where: { file: file.source.name, offset: directory.offset },
  });
}

function tooLarge(file: TiffFile, directory: TiffDirectory, what: string): Error {
  return slideError('slide/too-large', `${what} are more than this reader takes`, {
    where: { file: file.source.name, offset: directory.offset },
    hint: 'If the file is sound, convert it to tiles of 256 or 512 pixels',
  });
}

function unsupported(file: TiffFile, directory: TiffDirectory, what: string): Error {
  return slideError('slide/unsupported-layout', `${what} cannot be read`, {
    where: { file: file.source.name, offset: directory.offset },
    hint: 'Convert the slide to 8-bit RGB tiles',
  });
}
