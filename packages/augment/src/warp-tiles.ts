import { SlidestreamError } from '@slidestream/core';
import { type ByteTable, placeTile } from './place-tile.js';
import { resizeImage } from './resize-image.js';
import type { TileImages } from './tile-images.js';
import type { TileTransform } from './tile-transform.js';

/**
 * Flips, turns, shifts, crops and resizes tiles while their bytes become floats: on a CPU this is faster than any tensor operation, because the
 * floats have to be written anyway and a resize needs two pixels a side of each result.
 *
 * @param transforms - one for each of the tiles `from` ≤ i < `to`
 * @returns float32 [to − from, sizePx, sizePx, 3]
 * @throws SlidestreamError `augment/needs-square-tiles`, `augment/wrong-length`
 */
export function warpTiles(
  tiles: TileImages,
  from: number,
  to: number,
  transforms: readonly TileTransform[],
  sizePx: number,
  table: ByteTable,
): Float32Array {
  const { heightPx, widthPx } = tiles;
  const values = heightPx * widthPx * 3;
  if (tiles.data.length !== tiles.count * values) throw wrongLength(tiles);
  const outValues = sizePx * sizePx * 3;
  const out = new Float32Array((to - from) * outValues);
  const whole = { top: 0, left: 0, height: heightPx, width: widthPx };
  const placed = new Float32Array(values);
  for (let i = from; i < to; i++) {
    const transform = transforms[i - from] as TileTransform;
    const tile = { bytes: tiles.data.subarray(i * values, (i + 1) * values), heightPx, widthPx };
    const at = (i - from) * outValues;
    if (transform.crop === null && heightPx === sizePx && widthPx === sizePx) {
      placeTile(tile, transform, table, out, at);
      continue;
    }
    placeTile(tile, transform, table, placed, 0);
    resizeImage(placed, widthPx, transform.crop ?? whole, sizePx, out, at);
  }
  return out;
}

function wrongLength(tiles: TileImages): SlidestreamError {
  return new SlidestreamError({
    code: 'augment/wrong-length',
    category: 'internal',
    message: `${tiles.count} tiles of ${tiles.widthPx} × ${tiles.heightPx} need ${tiles.count * tiles.widthPx * tiles.heightPx * 3} bytes, got ${tiles.data.length}`,
  });
}
