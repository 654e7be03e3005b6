import { SlidestreamError } from '@slidestream/core';
import { levelOf } from './levels.js';
import type { ResolvedScale } from './tile-scale.js';
import type { TilingSlide } from './types.js';

/** What the product of a tile's size and a downsample may lose of a whole number. */
const ROUNDING = 1e-6;

/**
 * Makes sure that tiles of a scale can coincide with those that the file stores: same level, same size, nothing resampled.
 *
 * @throws SlidestreamError `tiling/cannot-align`
 */
export function checkAlignable(slide: TilingSlide, scale: ResolvedScale): void {
  const { level, readSizePx, tileSizePx, sizeLevel0Px, stepLevel0Px } = scale;
  const { downsample, tileWidth, tileHeight } = levelOf(slide, level);
  const refuse = (why: string, hint: string): SlidestreamError =>
    new SlidestreamError({
      code: 'tiling/cannot-align',
      category: 'data',
      message: `tiles cannot be those of the file: ${why}`,
      where: { level },
      hint,
    });
  if (tileWidth === undefined || tileHeight === undefined || tileWidth !== tileHeight) {
    throw refuse(`it stores ${tileWidth ?? 'no'} × ${tileHeight ?? 'no'} pixels each`, 'Tile this slide without aligning');
  }
  if (tileSizePx !== tileWidth || readSizePx !== tileWidth) {
    const resampled = readSizePx === tileSizePx ? '' : `, read as ${readSizePx}`;
    throw refuse(
      `${tileSizePx} pixels are asked${resampled}, it stores ${tileWidth}`,
      `Ask for --patch-size ${tileWidth} at a level of the file`,
    );
  }
  if (Math.abs(tileWidth * downsample - sizeLevel0Px) > ROUNDING * sizeLevel0Px) {
    throw refuse(`level ${level} is ${downsample} times smaller, no whole number`, 'Tile at level 0');
  }
  if (stepLevel0Px % sizeLevel0Px !== 0) throw refuse('the step is no multiple of the tile', 'Leave --step out');
}
