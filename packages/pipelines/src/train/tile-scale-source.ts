import type { TileImages } from '@slidestream/augment';
import { SlidestreamError } from '@slidestream/core';
import type { TileStoreReader } from '@slidestream/lmdb-io';
import { decodeJpeg, decodeJpegsInto } from '@slidestream/slides';
import { gridCells } from './grid-cells.js';

/** Tiles of one scale, by slide and index. */
export interface TileScaleSource {
  /** Side of every tile in pixels. */
  readonly tileSizePx: number;
  has(slide: string): boolean;
  count(slide: string): number;
  /** Cell of each tile of a slide in its grid, [N, 2]; `undefined` where the store does not say. */
  positions(slide: string): Float32Array | undefined;
  /** Decoded tiles in the order asked for, which may name tiles of several slides. */
  read(tiles: readonly TileName[], signal?: AbortSignal): Promise<TileImages>;
}

/** A tile of a scale. */
export interface TileName {
  readonly slide: string;
  readonly index: number;
}

/**
 * The tiles of a store, decoded when asked for.
 *
 * @throws SlidestreamError `pipelines/unknown-tile-size` for a store of other tools without any tile
 */
export async function storeTiles(reader: TileStoreReader): Promise<TileScaleSource> {
  const tileSizePx = reader.header?.tileSizePx ?? (await firstTileSize(reader));
  const slides = new Set(reader.slides);
  return {
    tileSizePx,
    has: (slide) => slides.has(slide) && reader.tileCount(slide) > 0,
    count: (slide) => reader.tileCount(slide),
    positions: (slide) => {
      const info = reader.slideInfo(slide);
      return info === null || info.coords.length === 0 ? undefined : gridCells(info.coords, info.scale.sizeLevel0Px);
    },
    read: async (tiles) => {
      const data = new Uint8Array(tiles.length * tileSizePx * tileSizePx * 3);
      const jpegs = tiles.map(({ slide, index }) => reader.tile(slide, index));
      await decodeJpegsInto(jpegs, { width: tileSizePx, height: tileSizePx }, data);
      return { data, count: tiles.length, widthPx: tileSizePx, heightPx: tileSizePx };
    },
  };
}

async function firstTileSize(reader: TileStoreReader): Promise<number> {
  const slide = reader.slides.find((one) => reader.tileCount(one) > 0);
  if (slide === undefined) {
    throw new SlidestreamError({
      code: 'pipelines/unknown-tile-size',
      category: 'data',
      message: 'the store holds no tile',
      where: { file: reader.path },
      hint: 'Pack slides into it first',
    });
  }
  return (await decodeJpeg(reader.tile(slide, 0))).width;
}
