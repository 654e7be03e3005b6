import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import type { ByteSource } from './byte-source.js';
import { decodeChunk } from './codecs/decode-chunk.js';
import { slideError, throwIfAborted } from './errors.js';
import { colourInTiff, completeJpeg, readJpegHeader, readJpegTables } from './jpeg/stream.js';
import type { RawTile } from './slide.js';
import type { TiffImage } from './tiff/image.js';
import type { TileCache } from './tile-cache.js';

/** Tiles of one region that are being decoded at a time may take so many bytes together. */
const DECODING_BYTES = 32 << 20;
const MAX_DECODING = 16;

/** No codec makes more of a tile than this; what claims to is not read. */
const MAX_INFLATION = 2;
const SMALL = 1 << 20;

/** Where a whole-pixel rectangle of an image is to be drawn. */
interface PixelRectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** How tiles of an image are read. */
export interface TiledImageOptions {
  /** Key of the image's first tile in the shared cache. */
  readonly firstKey: number;
  readonly cache: TileCache;
  readonly missingTiles: 'error' | 'white';
  /** Which level it is and by how much it is smaller, for errors; absent for other images. */
  readonly level?: { readonly index: number; readonly downsample: number };
}

/** An image of a TIFF file from which rectangles can be read. */
export interface TiledImage {
  readonly image: TiffImage;
  /** uint8 RGB of a rectangle, in `memory` when given; white outside the image. */
  read(rectangle: PixelRectangle, signal?: AbortSignal, memory?: Uint8Array): Promise<Uint8Array>;
  /** A stored tile as a file of its own; `null` when there is none or it is no JPEG. */
  readRaw(column: number, row: number): Promise<RawTile | null>;
}

/** Makes an image of a file readable by rectangles. @throws SlidestreamError `slide/corrupt-tile` for broken JPEG tables */
export function createTiledImage(source: ByteSource, image: TiffImage, options: TiledImageOptions): TiledImage {
  const { width, height, tileWidth, tileHeight, columns, tiled } = image;
  const tables = tablesOf(source, image);
  const rowsOf = (row: number): number => (tiled ? tileHeight : Math.min(tileHeight, height - row * tileHeight));

  const readStored = (column: number, row: number): Promise<Uint8Array> => {
    const index = row * columns + column;
    const [offset, length] = [image.offsets[index] as number, image.byteCounts[index] as number];
    if (length <= tileWidth * rowsOf(row) * 3 * MAX_INFLATION + SMALL) return source.read(offset, length);
    throw slideError('slide/corrupt-tile', `tile ${column}, ${row} takes ${length} bytes, far more than its pixels`, {
      where: { file: source.name, offset },
    });
  };

  const decode = async (column: number, row: number): Promise<Uint8Array> => {
    const index = row * columns + column;
    const length = image.byteCounts[index] as number;
    const offset = image.offsets[index] as number;
    const where = { file: source.name, ...placeOf(column * tileWidth, row * tileHeight, options.level) };
    if (length === 0) {
      if (options.missingTiles === 'white') return white(tileWidth * rowsOf(row) * 3);
      throw slideError('slide/missing-tile', `the file does not hold tile ${column}, ${row} of its ${width} × ${height} image`, {
        where,
        hint: 'Allow it with missing tiles "white", or leave the slide out',
      });
    }
    const bytes = await readStored(column, row);
    try {
      return await decodeChunk(image, bytes, rowsOf(row), tables);
    } catch (cause) {
      if (!isSlidestreamError(cause)) throw cause;
      const message = `tile ${column}, ${row} of the ${width} × ${height} image: ${cause.what}`;
      throw new SlidestreamError({ ...cause, message, where: { ...where, offset }, cause });
    }
  };

  return {
    image,
    async read(rectangle, signal, memory) {
      const bytes = rectangle.width * rectangle.height * 3;
      const out = memory?.subarray(0, bytes) ?? Buffer.allocUnsafeSlow(bytes);
      const { x, y } = rectangle;
      const left = Math.max(0, x);
      const top = Math.max(0, y);
      const right = Math.min(width, x + rectangle.width);
      const bottom = Math.min(height, y + rectangle.height);
      if (left > x || top > y || right < x + rectangle.width || bottom < y + rectangle.height) out.fill(255);
      if (left >= right || top >= bottom) return out;
      const lastColumn = Math.floor((right - 1) / tileWidth);
      const lastRow = Math.floor((bottom - 1) / tileHeight);
      const draw = (column: number, row: number, tile: Uint8Array): void => {
        const fromX = Math.max(left, column * tileWidth);
        const toX = Math.min(right, (column + 1) * tileWidth);
        const toY = Math.min(bottom, (row + 1) * tileHeight);
        // Parts of a Buffer are Buffers, which take several times as long to make.
        const pixels = new Uint8Array(tile.buffer, tile.byteOffset, tile.byteLength);
        for (let line = Math.max(top, row * tileHeight); line < toY; line++) {
          const start = ((line - row * tileHeight) * tileWidth + fromX - column * tileWidth) * 3;
          out.set(pixels.subarray(start, start + (toX - fromX) * 3), ((line - y) * rectangle.width + fromX - x) * 3);
        }
      };
      const ahead = Math.max(1, Math.min(MAX_DECODING, Math.floor(DECODING_BYTES / (tileWidth * tileHeight * 3))));
      const pending: Promise<void>[] = [];
      for (let row = Math.floor(top / tileHeight); row <= lastRow; row++) {
        for (let column = Math.floor(left / tileWidth); column <= lastColumn; column++) {
          const tile = options.cache.get(options.firstKey + row * columns + column, () => decode(column, row));
          if (tile instanceof Uint8Array) {
            draw(column, row, tile);
            continue;
          }
          pending.push(tile.then((decoded) => draw(column, row, decoded)));
          if (pending.length < ahead) continue;
          await Promise.all(pending.splice(0));
          throwIfAborted(signal);
        }
      }
      await Promise.all(pending);
      return out;
    },
    async readRaw(column, row) {
      if (image.compression !== 'jpeg' || !tiled || column < 0 || row < 0 || column >= columns || row >= image.rows) return null;
      const index = row * columns + column;
      const length = image.byteCounts[index] as number;
      if (length === 0) return null;
      const header = readJpegHeader(await readStored(column, row), tables);
      if (header.width !== tileWidth || header.height !== tileHeight)
        throw slideError('slide/corrupt-tile', 'the JPEG stream is of another size than its tile');
      const tagged = image.layout === 'rgb' || image.layout === 'ycbcr' ? image.layout : 'grey';
      return { compression: 'jpeg', bytes: completeJpeg(header, colourInTiff(header, tagged)) };
    },
  };
}

function tablesOf(source: ByteSource, { jpegTables, directory }: TiffImage): readonly Uint8Array[] {
  try {
    return jpegTables === undefined ? [] : readJpegTables(jpegTables);
  } catch (cause) {
    if (!isSlidestreamError(cause)) throw cause;
    const message = `JPEGTables: ${cause.what}`;
    throw new SlidestreamError({ ...cause, message, where: { file: source.name, offset: directory.offset }, cause });
  }
}

/** A place on a level as errors tell it: in level-0 pixels. */
function placeOf(x: number, y: number, level: TiledImageOptions['level']): { level?: number; x?: number; y?: number } {
  if (level === undefined) return {};
  return { level: level.index, x: Math.round(x * level.downsample), y: Math.round(y * level.downsample) };
}

function white(length: number): Uint8Array {
  return new Uint8Array(length).fill(255);
}
