import type { TileImages } from '@slidestream/augment';
import { resizeRgb, type Slide } from '@slidestream/slides';
import { mapConcurrent, toAsyncIterable } from '@slidestream/streams';
import type { TileGrid } from '@slidestream/tiling';
import { ignoreElements, tap } from 'rxjs';

/** Regions that are read at a time. */
const CONCURRENCY = 8;

/**
 * The tiles of a grid read from an open slide, in the grid's order, in portions that are pulled: what is not asked for is not read.
 *
 * @param portion - tiles a portion, the bound on memory
 */
export async function* slideTiles(slide: Slide, grid: TileGrid, portion: number): AsyncGenerator<TileImages> {
  const count = grid.coords.length / 2;
  const side = grid.tileSizePx;
  for (let from = 0; from < count; from += portion) {
    const size = Math.min(portion, count - from);
    const data = new Uint8Array(size * side * side * 3);
    const read$ = mapConcurrent((at: number) => readTile(slide, grid, from + at), { concurrency: CONCURRENCY })(
      Array.from({ length: size }, (_, at) => at),
    ).pipe(
      tap(({ index, pixels }) => data.set(pixels, (index - from) * side * side * 3)),
      ignoreElements(),
    );
    for await (const _ of toAsyncIterable(read$)) void _;
    yield { data, count: size, widthPx: side, heightPx: side };
  }
}

async function readTile(slide: Slide, grid: TileGrid, index: number): Promise<{ index: number; pixels: Uint8Array }> {
  const x = grid.coords[2 * index] as number;
  const y = grid.coords[2 * index + 1] as number;
  const { level, readSizePx, tileSizePx } = grid;
  const region = await slide.readRegion({ level, x, y, width: readSizePx, height: readSizePx });
  const tile = readSizePx === tileSizePx ? region : await resizeRgb(region, tileSizePx, tileSizePx);
  return { index, pixels: tile.data };
}
