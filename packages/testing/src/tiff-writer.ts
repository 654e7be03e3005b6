import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { differenceRows, encodeLzw, encodePackBits, encodeZstd } from './tiff-codecs.js';
import { layOutTiff, type TiffDirectory, type TiffField, type TiffLayout } from './tiff-layout.js';

/** 8-bit RGB pixels, interleaved. */
export interface TiffPixels {
  readonly width: number;
  readonly height: number;
  /** uint8 [height, width, 3]. */
  readonly data: Uint8Array;
}

/** Codecs that give every pixel back. */
type LosslessCompression = 'none' | 'deflate' | 'lzw' | 'packbits' | 'zstd';

/** What {@link writeTiff} makes. */
export interface WriteTiffOptions extends TiffLayout {
  /** The pyramid, largest first. */
  readonly levels: readonly TiffPixels[];
  /** Default `jpeg`. */
  readonly compression?: LosslessCompression | 'jpeg';
  /** Width and height of a tile: default 256. A multiple of 16, as TIFF wants. */
  readonly tileSizePx?: number;
  /** Strips of so many rows instead of tiles. */
  readonly rowsPerStrip?: number;
  /** 2 = horizontal differencing, with deflate and LZW: default 1. */
  readonly predictor?: 1 | 2;
  /** 1 to 100: default 80. */
  readonly jpegQuality?: number;
  /** Whether chroma is halved: default `4:2:0`. */
  readonly chromaSubsampling?: '4:2:0' | '4:4:4';
  /** Tables once per directory in the JPEGTables tag, as scanners do (default), or in each tile. */
  readonly jpegTables?: 'shared' | 'in-tile';
  /** ImageDescription of the first directory; see {@link aperioDescription}. */
  readonly description?: string;
  /** Pixel size in µm, written as resolution in pixels per centimetre. */
  readonly resolutionMpp?: number;
  /** Images that are no level, stripped and LZW or JPEG: `thumbnail` becomes the second directory, others follow the levels. */
  readonly associated?: Readonly<Record<string, TiffPixels>>;
  /** Levels above 0 as SubIFDs of the first directory. */
  readonly subIfds?: boolean;
  /** Colours in planes of their own, one after another. Not with JPEG. */
  readonly planar?: boolean;
  /** Further fields of a level's directory, or other values of those written. */
  readonly fields?: (level: number) => readonly TiffField[];
  /** Tiles to leave out: offset and byte count 0. */
  readonly missing?: readonly { readonly level: number; readonly tile: number }[];
}

/** The ImageDescription of an Aperio slide, from which readers take vendor, pixel size and objective. */
export function aperioDescription(slide: {
  readonly width: number;
  readonly height: number;
  readonly mpp?: number;
  readonly objective?: number;
}): string {
  const properties = [
    ...(slide.objective === undefined ? [] : [`AppMag = ${slide.objective}`]),
    ...(slide.mpp === undefined ? [] : [`MPP = ${slide.mpp}`]),
  ];
  return [`Aperio Image Library v11.2.1 \r\n${slide.width}x${slide.height} (256x256) JPEG/RGB Q=80`, ...properties].join('|');
}

/**
 * Writes a pyramid as the bytes of a tiled or stripped TIFF: little or big endian, classic or BigTIFF, SVS-like when
 * `description` is an Aperio one.
 *
 * @example
 * ```ts
 * const image = { width: 512, height: 512, data: new Uint8Array(512 * 512 * 3).fill(200) };
 * const svs = await writeTiff({ levels: [image], description: aperioDescription({ width: 512, height: 512, mpp: 0.5, objective: 20 }) });
 * ```
 */
export async function writeTiff(options: WriteTiffOptions): Promise<Uint8Array> {
  const levels = await Promise.all(options.levels.map((pixels, level) => directoryOf(pixels, level, options)));
  const { thumbnail, ...others } = options.associated ?? {};
  const extra = await Promise.all(Object.entries(others).map(([name, pixels]) => associatedDirectory(name, pixels)));
  const [first, ...rest] = levels;
  if (first === undefined) throw new RangeError('writeTiff needs at least one level');
  const head = options.subIfds === true ? [{ ...first, children: rest }] : [first];
  const small = thumbnail === undefined ? [] : [await associatedDirectory('thumbnail', thumbnail)];
  return layOutTiff([...head, ...small, ...(options.subIfds === true ? [] : rest), ...extra], options);
}

async function directoryOf(pixels: TiffPixels, level: number, options: WriteTiffOptions): Promise<TiffDirectory> {
  const { compression = 'jpeg', tileSizePx = 256, rowsPerStrip, predictor = 1 } = options;
  const tiled = rowsPerStrip === undefined;
  const interleaved = tiled ? cutTiles(pixels, tileSizePx) : cutStrips(pixels, rowsPerStrip);
  const planar = options.planar === true && compression !== 'jpeg';
  const chunks = planar ? [0, 1, 2].flatMap((plane) => interleaved.map((chunk) => planeOf(chunk, plane))) : interleaved;
  const jpegs = compression === 'jpeg' ? await encodeJpegs(chunks, options) : [];
  const first = jpegs[0];
  const shared = first !== undefined && (options.jpegTables ?? 'shared') === 'shared';
  const whole = compression === 'jpeg' ? jpegs : chunks.map((chunk) => compress(chunk, compression, predictor, planar ? 1 : 3));
  const stored = shared ? jpegs.map((jpeg) => splitTables(jpeg).image) : whole;
  const gone = new Set(options.missing?.filter((tile) => tile.level === level).map((tile) => tile.tile));
  const perCentimetre = options.resolutionMpp === undefined ? undefined : (1e4 / options.resolutionMpp) * downsampleOf(pixels, options);
  const fields: TiffField[] = [
    ...baseFields(
      pixels,
      { jpeg: 7, none: 1, deflate: 8, lzw: 5, packbits: 32773, zstd: 50000 }[compression],
      compression === 'jpeg' ? 6 : 2,
    ),
    { tag: 254, type: 'long', values: [level === 0 ? 0 : 1] },
    ...(tiled
      ? ([
          { tag: 322, type: 'short', values: [tileSizePx] },
          { tag: 323, type: 'short', values: [tileSizePx] },
        ] as const)
      : ([{ tag: 278, type: 'long', values: [rowsPerStrip] }] as const)),
  ];
  if (options.description !== undefined && (level === 0 || options.description.startsWith('Aperio'))) {
    fields.push({ tag: 270, type: 'ascii', values: options.description });
  }
  if (perCentimetre !== undefined) {
    const ratio = [Math.round(perCentimetre * 1000), 1000];
    fields.push({ tag: 282, type: 'rational', values: ratio }, { tag: 283, type: 'rational', values: ratio });
    fields.push({ tag: 296, type: 'short', values: [3] });
  }
  if (predictor === 2 && compression !== 'jpeg') fields.push({ tag: 317, type: 'short', values: [2] });
  if (shared) fields.push({ tag: 347, type: 'undefined', values: splitTables(first).tables });
  if (compression === 'jpeg') {
    fields.push({ tag: 530, type: 'short', values: options.chromaSubsampling === '4:4:4' ? [1, 1] : [2, 2] });
  }
  if (planar) fields.push({ tag: 284, type: 'short', values: [2] });
  fields.push(...(options.fields?.(level) ?? []));
  const last = new Map(fields.map((field) => [field.tag, field]));
  return { fields: [...last.values()], tiled, chunks: stored.map((chunk, i) => (gone.has(i) ? null : chunk)) };
}

function downsampleOf(pixels: TiffPixels, options: WriteTiffOptions): number {
  return pixels.width / (options.levels[0]?.width ?? pixels.width);
}

function associatedDirectory(name: string, pixels: TiffPixels): TiffDirectory {
  const description =
    name === 'thumbnail'
      ? 'Aperio Image Library v11.2.1 thumbnail'
      : `Aperio Image Library v11.2.1 \r\n${name} ${pixels.width}x${pixels.height}`;
  return {
    tiled: false,
    chunks: [encodeLzw(pixels.data)],
    fields: [
      ...baseFields(pixels, 5, 2),
      { tag: 254, type: 'long', values: [name === 'macro' ? 9 : name === 'label' ? 1 : 0] },
      { tag: 270, type: 'ascii', values: description },
      { tag: 278, type: 'long', values: [pixels.height] },
    ],
  };
}

function baseFields(pixels: TiffPixels, compression: number, photometric: number): TiffField[] {
  return [
    { tag: 256, type: 'long', values: [pixels.width] },
    { tag: 257, type: 'long', values: [pixels.height] },
    { tag: 258, type: 'short', values: [8, 8, 8] },
    { tag: 259, type: 'short', values: [compression] },
    { tag: 262, type: 'short', values: [photometric] },
    { tag: 277, type: 'short', values: [3] },
    { tag: 284, type: 'short', values: [1] },
  ];
}

function cutStrips(pixels: TiffPixels, rows: number): TiffPixels[] {
  const strips: TiffPixels[] = [];
  for (let y = 0; y < pixels.height; y += rows) {
    const height = Math.min(rows, pixels.height - y);
    strips.push({ width: pixels.width, height, data: pixels.data.subarray(y * pixels.width * 3, (y + height) * pixels.width * 3) });
  }
  return strips;
}

/** Tiles in row order; the outermost pixels are repeated past the borders, as encoders do. */
export function cutTiles(pixels: TiffPixels, size: number): TiffPixels[] {
  const tiles: TiffPixels[] = [];
  for (let top = 0; top < pixels.height; top += size) {
    for (let left = 0; left < pixels.width; left += size) {
      const data = new Uint8Array(size * size * 3);
      for (let y = 0; y < size; y++) {
        const row = Math.min(top + y, pixels.height - 1) * pixels.width;
        for (let x = 0; x < size; x++) {
          const from = (row + Math.min(left + x, pixels.width - 1)) * 3;
          const to = (y * size + x) * 3;
          data[to] = pixels.data[from] as number;
          data[to + 1] = pixels.data[from + 1] as number;
          data[to + 2] = pixels.data[from + 2] as number;
        }
      }
      tiles.push({ width: size, height: size, data });
    }
  }
  return tiles;
}

/** One colour of a chunk. */
function planeOf({ width, height, data }: TiffPixels, plane: number): TiffPixels {
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => data[i * 3 + plane] as number) };
}

function compress(chunk: TiffPixels, compression: LosslessCompression, predictor: 1 | 2, samples: 1 | 3): Uint8Array {
  const rowBytes = chunk.width * samples;
  const bytes = predictor === 2 ? differenceRows(chunk.data, rowBytes, samples) : chunk.data;
  if (compression === 'deflate') return deflateSync(bytes);
  if (compression === 'lzw') return encodeLzw(bytes);
  if (compression === 'zstd') return encodeZstd(bytes);
  if (compression === 'packbits') return encodePackBits(bytes, rowBytes);
  return bytes;
}

/** Standard Huffman tables, so that all tiles share theirs. */
async function encodeJpegs(chunks: readonly TiffPixels[], options: WriteTiffOptions): Promise<Uint8Array[]> {
  const { jpegQuality: quality = 80, chromaSubsampling = '4:2:0' } = options;
  const jpegs: Uint8Array[] = [];
  for (const { width, height, data } of chunks) {
    const source = sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
    jpegs.push(await source.jpeg({ quality, chromaSubsampling, optimiseCoding: false }).toBuffer());
  }
  return jpegs;
}

/** Takes the quantisation and Huffman tables out of a JPEG stream: an abbreviated image, and a tables-only stream. */
function splitTables(jpeg: Uint8Array): { readonly tables: Uint8Array; readonly image: Uint8Array } {
  const tables: number[] = [0xff, 0xd8];
  const image: number[] = [0xff, 0xd8];
  let at = 2;
  for (;;) {
    const marker = jpeg[at + 1] as number;
    const end = at + 2 + (((jpeg[at + 2] as number) << 8) | (jpeg[at + 3] as number));
    if (marker === 0xda) break;
    if (marker === 0xdb || marker === 0xc4) tables.push(...jpeg.subarray(at, end));
    else if (marker < 0xe0 || marker > 0xef) image.push(...jpeg.subarray(at, end));
    at = end;
  }
  tables.push(0xff, 0xd9);
  return { tables: Uint8Array.from(tables), image: Uint8Array.from([...image, ...jpeg.subarray(at)]) };
}
