import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import type { StoredSlideInfo, TileStoreWriter, TileToStore } from '@slidestream/lmdb-io';
import { encodeJpeg, openSlide, resizeRgb, type Slide, type SlideFile } from '@slidestream/slides';
import { mapAhead } from '@slidestream/streams';
import type { TileGrid } from '@slidestream/tiling';
import { type PackOptions, storedMpp } from './pack-settings.js';

/** A scale of one slide and where it goes. */
export interface PackScale {
  readonly name: string;
  readonly grid: TileGrid;
  readonly writer: TileStoreWriter;
}

/** How {@link packSlide} works. */
export interface PackSlideOptions extends Pick<PackOptions, 'mppIfUnknown' | 'missingTiles'> {
  readonly tileSizePx: number | undefined;
  readonly jpegQuality: number;
  readonly concurrency: number;
  /** Resolves when the slides before this one are written, so that stores have their slides in the order asked for. */
  readonly turn: Promise<unknown>;
  readonly onTile: () => void;
  readonly signal: AbortSignal;
}

/** Reads, compresses and stores all tiles of a slide; the first tiles are made before its turn has come. Tiles written, by scale. */
export async function packSlide(file: SlideFile, scales: readonly PackScale[], options: PackSlideOptions): Promise<Record<string, number>> {
  const slide = await openPacked(file, options);
  const counts: Record<string, number> = {};
  try {
    const sourceHash = await fingerprint(file.path);
    for (const { name, grid, writer } of scales) {
      const sizePx = options.tileSizePx ?? grid.tileSizePx;
      checkGrid(file, grid);
      const ahead = startAhead(tilesOf(slide, grid, sizePx, options));
      try {
        await options.turn;
        await writer.writeSlide(file.id, storedInfo(slide, grid, sizePx, sourceHash), ahead.tiles());
      } finally {
        await ahead.end();
      }
      counts[name] = grid.coords.length / 2;
    }
    return counts;
  } finally {
    await slide.close();
  }
}

async function openPacked(file: SlideFile, options: PackSlideOptions): Promise<Slide> {
  const { missingTiles, mppIfUnknown } = options;
  const slide = await openSlide(file.path, { missingTiles });
  if (slide.info.mpp !== null || mppIfUnknown === undefined) return slide;
  await slide.close();
  return openSlide(file.path, { missingTiles, mpp: mppIfUnknown });
}

function checkGrid(file: SlideFile, grid: TileGrid): void {
  if (Number.isInteger(grid.readSizePx) && grid.readSizePx > 0 && Number.isInteger(grid.tileSizePx) && grid.tileSizePx > 0) return;
  throw new SlidestreamError({
    code: 'pack/tile-size',
    category: 'data',
    message: `its coordinates are of tiles of ${grid.readSizePx} pixels`,
    where: { slide: file.id },
    hint: 'Tile the slide again',
  });
}

function tilesOf(slide: Slide, grid: TileGrid, sizePx: number, options: PackSlideOptions): AsyncIterable<TileToStore> {
  const { level, readSizePx, coords } = grid;
  const read = async (index: number, signal: AbortSignal): Promise<TileToStore> => {
    const x = coords[2 * index] as number;
    const y = coords[2 * index + 1] as number;
    const region = await slide.readRegion({ level, x, y, width: readSizePx, height: readSizePx, signal });
    const jpeg = await encodeJpeg(resizeRgb(region, sizePx, sizePx), { quality: options.jpegQuality });
    options.onTile();
    return { jpeg };
  };
  return mapAhead(read, { ahead: options.concurrency, signal: options.signal })(
    Array.from({ length: coords.length / 2 }, (_, index) => index),
  );
}

/** Starts an iterable before somebody asks for it; `end` closes it if nobody did. */
function startAhead<T>(source: AsyncIterable<T>): { tiles(): AsyncGenerator<T>; end(): Promise<void> } {
  const iterator = source[Symbol.asyncIterator]();
  const first = iterator.next();
  // It is awaited when the turn has come; until then its failure is nobody's.
  first.catch(() => undefined);
  return {
    async *tiles() {
      for (let item = await first; item.done !== true; item = await iterator.next()) yield item.value;
    },
    async end() {
      await first.catch(() => undefined);
      await iterator.return?.();
    },
  };
}

function storedInfo(slide: Slide, grid: TileGrid, sizePx: number, sourceHash: string): Omit<StoredSlideInfo, 'crc32c'> {
  const { reader, width, height, mpp } = slide.info;
  const level0 = mpp === null ? null : (mpp.x + mpp.y) / 2;
  const { level, downsample, sizeLevel0Px } = grid;
  return {
    reader,
    sourceHash,
    width,
    height,
    mpp,
    scale: { mpp: storedMpp(grid, sizePx, level0), level, downsample, sizeLevel0Px },
    coords: Array.from(grid.coords),
  };
}

const ENDS_BYTES = 1 << 18;

/** Tells one slide from another without reading gigabytes: SHA-256 of its size and both ends; of a folder, of its files in order. */
async function fingerprint(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const stats = await stat(path);
    const files = stats.isDirectory() ? (await readdir(path)).sort().map((name) => join(path, name)) : [path];
    for (const file of files) await hashEnds(file, hash);
  } catch (error) {
    throw ioError(error, path);
  }
  return `sha256-of-ends:${hash.digest('hex')}`;
}

async function hashEnds(path: string, hash: ReturnType<typeof createHash>): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    hash.update(`${size}\n`);
    const bytes = new Uint8Array(Math.min(size, ENDS_BYTES));
    for (const position of new Set([0, size - bytes.length])) {
      const { bytesRead } = await file.read(bytes, 0, bytes.length, position);
      hash.update(bytes.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
