import { isSlidestreamError, SlidestreamError } from '@slidestream/core';
import { slideError, throwIfAborted } from './errors.js';
import type { Compression, MissingTiles, RawTile } from './slide.js';
import type { TileCache } from './tile-cache.js';

/** Tiles of one region that are being decoded at a time may take so many bytes together. */
const DECODING_BYTES = 32 << 20;
const MAX_DECODING = 16;

/** Where a whole-pixel rectangle of an image is to be drawn. */
export interface PixelRectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An image as its format stores it: a grid of tiles, which of them are there, and how one becomes pixels. */
export interface TileGrid {
  readonly width: number;
  readonly height: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly columns: number;
  readonly rows: number;
  /** Pixels that a tile shares with the next one: none by default. Those of the right and the lower tile are shown, as by OpenSlide. */
  readonly overlapX?: number | undefined;
  readonly overlapY?: number | undefined;
  readonly compression: Compression;
  /** Whether the format leaves tiles out where nothing was scanned: they are white whatever is asked. */
  readonly sparse: boolean;
  /** Where a tile is found, for errors. */
  placeOf(index: number): { readonly file: string; readonly offset?: number | undefined };
  /** Whether the file does not hold the tile. */
  isMissing(index: number): boolean;
  /** uint8 RGB [tileHeight, tileWidth, 3]; the last strip of an image may be shorter. */
  decode(column: number, row: number): Promise<Uint8Array>;
  /** The stored tile as a file of its own; `null` when it is no JPEG. */
  readRaw(column: number, row: number): Promise<RawTile | null>;
}

/** How tiles of an image are read. */
export interface TiledImageOptions {
  /** Key of the image's first tile in the shared cache. */
  readonly firstKey: number;
  readonly cache: TileCache;
  readonly missingTiles: MissingTiles;
  /** Which level it is and by how much it is smaller, for errors; absent for other images. */
  readonly level?: { readonly index: number; readonly downsample: number };
}

/** An image from which rectangles can be read. */
export interface PixelReader {
  readonly width: number;
  readonly height: number;
  /** Tiles that the file does not hold, under a rectangle or in all. */
  countMissing(rectangle?: PixelRectangle): number;
  /** uint8 RGB of a rectangle, in `memory` when given; white outside the image. */
  read(rectangle: PixelRectangle, signal?: AbortSignal, memory?: Uint8Array): Promise<Uint8Array>;
  /** A stored tile as a file of its own; `null` when there is none or it is no JPEG. */
  readRaw(column: number, row: number): Promise<RawTile | null>;
}

/** Makes the tiles of a format readable by rectangles. */
export function createTiledImage(grid: TileGrid, options: TiledImageOptions): PixelReader {
  const { width, height, tileWidth, tileHeight, columns, rows } = grid;
  const [stepX, stepY] = [tileWidth - (grid.overlapX ?? 0), tileHeight - (grid.overlapY ?? 0)];
  const columnOf = (x: number): number => Math.min(columns - 1, Math.floor(x / stepX));
  const rowOf = (y: number): number => Math.min(rows - 1, Math.floor(y / stepY));
  let missing = 0;
  for (let index = 0; index < columns * rows; index++) if (grid.isMissing(index)) missing++;

  const decode = async (column: number, row: number): Promise<Uint8Array> => {
    const index = row * columns + column;
    const where = (): object => ({ ...grid.placeOf(index), ...placeOf(column * stepX, row * stepY, options.level) });
    if (grid.isMissing(index)) {
      if (grid.sparse || options.missingTiles === 'white') return white(tileWidth * tileHeight * 3);
      throw slideError('slide/missing-tile', `the file does not hold tile ${column}, ${row} of its ${width} × ${height} image`, {
        where: where(),
        hint: 'Allow it with missing tiles "white", or leave the slide out',
      });
    }
    try {
      return await grid.decode(column, row);
    } catch (cause) {
      if (!isSlidestreamError(cause) || !DAMAGE.has(cause.code)) throw cause;
      const message = `tile ${column}, ${row} of the ${width} × ${height} image: ${cause.what}`;
      throw new SlidestreamError({ ...cause, message, where: where(), cause });
    }
  };

  return {
    width,
    height,
    countMissing(rectangle) {
      if (rectangle === undefined || missing === 0) return missing;
      const { x, y } = rectangle;
      const right = Math.min(width, x + rectangle.width);
      const bottom = Math.min(height, y + rectangle.height);
      if (right <= Math.max(0, x) || bottom <= Math.max(0, y)) return 0;
      let count = 0;
      for (let row = rowOf(Math.max(0, y)); row <= rowOf(bottom - 1); row++) {
        for (let column = columnOf(Math.max(0, x)); column <= columnOf(right - 1); column++) {
          if (grid.isMissing(row * columns + column)) count++;
        }
      }
      return count;
    },
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
      const lastColumn = columnOf(right - 1);
      const lastRow = rowOf(bottom - 1);
      const draw = (column: number, row: number, tile: Uint8Array): void => {
        const startX = column * stepX;
        const startY = row * stepY;
        const fromX = Math.max(left, startX);
        const toX = Math.min(right, startX + (column === columns - 1 ? tileWidth : stepX));
        const toY = Math.min(bottom, startY + (row === rows - 1 ? tileHeight : stepY));
        // Parts of a Buffer are Buffers, which take several times as long to make.
        const pixels = new Uint8Array(tile.buffer, tile.byteOffset, tile.byteLength);
        for (let line = Math.max(top, startY); line < toY; line++) {
          const start = ((line - startY) * tileWidth + fromX - startX) * 3;
          out.set(pixels.subarray(start, start + (toX - fromX) * 3), ((line - y) * rectangle.width + fromX - x) * 3);
        }
      };
      const ahead = Math.max(1, Math.min(MAX_DECODING, Math.floor(DECODING_BYTES / (tileWidth * tileHeight * 3))));
      const pending: Promise<void>[] = [];
      for (let row = rowOf(top); row <= lastRow; row++) {
        for (let column = columnOf(left); column <= lastColumn; column++) {
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
      if (column < 0 || row < 0 || column >= columns || row >= rows || grid.isMissing(row * columns + column)) return null;
      return grid.readRaw(column, row);
    },
  };
}

/** Trouble with one tile, whose place is told; what befalls the whole file has its own. */
const DAMAGE: ReadonlySet<string> = new Set([
  'slide/corrupt-tile',
  'slide/unsupported-compression',
  'slide/unsupported-layout',
  'slide/too-large',
  'slide/truncated',
]);

/** A place on a level as errors tell it: in level-0 pixels. */
function placeOf(x: number, y: number, level: TiledImageOptions['level']): { level?: number; x?: number; y?: number } {
  if (level === undefined) return {};
  return { level: level.index, x: Math.round(x * level.downsample), y: Math.round(y * level.downsample) };
}

function white(length: number): Uint8Array {
  return new Uint8Array(length).fill(255);
}
