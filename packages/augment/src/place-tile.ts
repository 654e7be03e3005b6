import { SlidestreamError } from '@slidestream/core';
import type { TileTransform } from './tile-transform.js';

/** What a byte of each channel becomes, [3 × 256]. */
export type ByteTable = Float32Array;

/** One tile as bytes, [h, w, 3], row-major. */
export interface TileBytes {
  readonly bytes: Uint8Array;
  readonly heightPx: number;
  readonly widthPx: number;
}

/**
 * Copies a tile into floats while it flips, turns and shifts it by whole pixels: the copy has to be made anyway.
 *
 * @param out - receives float32 [h, w, 3] from `at` on
 * @throws SlidestreamError `augment/needs-square-tiles`
 */
export function placeTile(tile: TileBytes, transform: TileTransform, table: ByteTable, out: Float32Array, at: number): void {
  const { bytes, heightPx: height, widthPx: width } = tile;
  const { origin, alongX, alongY } = walk(height, width, transform);
  const { shiftX, shiftY } = transform;
  const fromX = Math.max(0, shiftX);
  const toX = Math.min(width, width + shiftX);
  const fromY = Math.max(0, shiftY);
  const toY = Math.min(height, height + shiftY);
  if (shiftX !== 0 || shiftY !== 0) fillBlack(out, at, height * width, table);
  const step = alongX * 3;
  for (let y = fromY; y < toY; y++) {
    let source = (origin + (y - shiftY) * alongY + (fromX - shiftX) * alongX) * 3;
    const end = at + (y * width + toX) * 3;
    for (let target = at + (y * width + fromX) * 3; target < end; target += 3) {
      out[target] = table[bytes[source] as number] as number;
      out[target + 1] = table[256 + (bytes[source + 1] as number)] as number;
      out[target + 2] = table[512 + (bytes[source + 2] as number)] as number;
      source += step;
    }
  }
}

function fillBlack(out: Float32Array, at: number, pixels: number, table: ByteTable): void {
  for (let i = 0; i < pixels * 3; i++) out[at + i] = table[256 * (i % 3)] as number;
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
