import type { Thumbnail } from './thumbnail.js';
import type { RgbPixels, TileGrid } from './types.js';

/** The tiles of a grid on black, at the thumbnail's scale (CLAM's `stitches/`). */
export function renderStitch(thumbnail: Thumbnail, grid: TileGrid): RgbPixels {
  const { width, height, data, scale } = thumbnail;
  const out = new Uint8Array(data.length);
  const tileWidth = Math.ceil(grid.sizeLevel0Px / scale.x);
  const tileHeight = Math.ceil(grid.sizeLevel0Px / scale.y);
  for (let i = 0; i < grid.coords.length; i += 2) {
    const left = Math.ceil((grid.coords[i] as number) / scale.x);
    const top = Math.ceil((grid.coords[i + 1] as number) / scale.y);
    const right = Math.min(width, left + tileWidth);
    for (let y = top; y < Math.min(height, top + tileHeight); y++) {
      const start = (y * width + left) * 3;
      const end = (y * width + right) * 3;
      if (end > start) out.set(data.subarray(start, end), start);
    }
  }
  return { width, height, data: out };
}
