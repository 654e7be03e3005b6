import { SlidestreamError } from '@slidestream/core';
import type { TileImages } from './tile-images.js';
import type { TileTransform } from './tile-transform.js';

/** What a byte of each channel becomes, [3 × 256]. */
export type ByteTable = Float32Array;

/**
 * Copies tiles into planes of floats while it flips, turns and shifts them by whole pixels: the copy has to be made anyway.
 *
 * @param transforms - one for each of the tiles `from` ≤ i < `to`
 * @returns float32 [to − from, 3, h, w]
 * @throws SlidestreamError `augment/needs-square-tiles`, `augment/wrong-length`
 */
export function placeTiles(
  tiles: TileImages,
  from: number,
  to: number,
  transforms: readonly TileTransform[],
  table: ByteTable,
): Float32Array {
  const { heightPx: height, widthPx: width } = tiles;
  const pixels = height * width;
  if (tiles.data.length !== tiles.count * pixels * 3) throw wrongLength(tiles);
  const out = new Float32Array((to - from) * pixels * 3);
  for (let i = from; i < to; i++) {
    const transform = transforms[i - from] as TileTransform;
    placeTile(tiles.data.subarray(i * pixels * 3, (i + 1) * pixels * 3), height, width, transform, table, out, (i - from) * pixels * 3);
  }
  return out;
}

function placeTile(
  bytes: Uint8Array,
  height: number,
  width: number,
  transform: TileTransform,
  table: ByteTable,
  out: Float32Array,
  at: number,
): void {
  const pixels = height * width;
  const { origin, alongX, alongY } = walk(height, width, transform);
  const { shiftX, shiftY } = transform;
  const fromX = Math.max(0, shiftX);
  const toX = Math.min(width, width + shiftX);
  const fromY = Math.max(0, shiftY);
  const toY = Math.min(height, height + shiftY);
  if (fromX > 0 || fromY > 0 || toX < width || toY < height) {
    for (let channel = 0; channel < 3; channel++)
      out.fill(table[channel * 256] as number, at + channel * pixels, at + (channel + 1) * pixels);
  }
  for (let y = fromY; y < toY; y++) {
    let source = (origin + (y - shiftY) * alongY + (fromX - shiftX) * alongX) * 3;
    let target = at + y * width + fromX;
    const end = at + y * width + toX;
    const step = alongX * 3;
    for (; target < end; target++) {
      out[target] = table[bytes[source] as number] as number;
      out[target + pixels] = table[256 + (bytes[source + 1] as number)] as number;
      out[target + 2 * pixels] = table[512 + (bytes[source + 2] as number)] as number;
      source += step;
    }
  }
}

interface Walk {
  /** Source pixel of the first target pixel. */
  readonly origin: number;
  /** Source pixels a step to the right, and a step down, in the target. */
  readonly alongX: number;
  readonly alongY: number;
}

/** How the source is walked through so that the target comes out flipped, then turned counter-clockwise. */
function walk(height: number, width: number, { flipX, flipY, quarterTurns }: TileTransform): Walk {
  if (quarterTurns % 2 === 1 && height !== width) {
    throw new SlidestreamError({
      code: 'augment/needs-square-tiles',
      category: 'usage',
      message: `quarter turns need square tiles, these are ${width} × ${height}`,
      hint: 'Leave quarter turns out or store square tiles',
    });
  }
  const rowStep = flipY ? -width : width;
  const columnStep = flipX ? -1 : 1;
  const first = (flipY ? (height - 1) * width : 0) + (flipX ? width - 1 : 0);
  const lastColumn = first + (width - 1) * columnStep;
  const lastRow = first + (height - 1) * rowStep;
  if (quarterTurns === 1) return { origin: lastColumn, alongX: rowStep, alongY: -columnStep };
  if (quarterTurns === 2) return { origin: lastRow + (width - 1) * columnStep, alongX: -columnStep, alongY: -rowStep };
  if (quarterTurns === 3) return { origin: lastRow, alongX: -rowStep, alongY: columnStep };
  return { origin: first, alongX: columnStep, alongY: rowStep };
}

function wrongLength(tiles: TileImages): SlidestreamError {
  return new SlidestreamError({
    code: 'augment/wrong-length',
    category: 'internal',
    message: `${tiles.count} tiles of ${tiles.widthPx} × ${tiles.heightPx} need ${tiles.count * tiles.widthPx * tiles.heightPx * 3} bytes, got ${tiles.data.length}`,
  });
}
