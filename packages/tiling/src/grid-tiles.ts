import { SlidestreamError } from '@slidestream/core';
import { checkAlignable } from './align-grid.js';
import { contourTest } from './contour-tests.js';
import { pointTest } from './point-test.js';
import { ringBox } from './polygon.js';
import { type ResolvedScale, resolveScale, type ScaleLimits } from './tile-scale.js';
import type { SlideTissue, TileGrid, TileScale, TilingParameters, TilingSlide, TissueContour } from './types.js';

/** Tiles of one slide at most: 16 million are 128 MB of coordinates, more come from a wrong step. */
export const MAX_TILES = 2 ** 24;

/**
 * Where the tiles of a slide are, in CLAM's order: contour by contour, columns of the contour's bounding box from left to right, each
 * from top to bottom (SPEC §7.1). By level the coordinates are exactly CLAM's.
 *
 * @throws SlidestreamError as `resolveScale`; `tiling/cannot-align`, `tiling/too-many-tiles`
 *
 * @example
 * ```ts
 * const { coords, level, readSizePx } = gridTiles(slide, tissue, { tileSizePx: 256, at: { kind: 'level', level: 0 } });
 * ```
 */
export function gridTiles(slide: TilingSlide, tissue: SlideTissue, scale: TileScale, limits: ScaleLimits = {}): TileGrid {
  const resolved = resolveScale(slide, scale, limits);
  const alignedToFile = scale.align === 'file' || undefined;
  if (alignedToFile) checkAlignable(slide, resolved);
  const coords: number[] = [];
  for (const contour of tissue.contours) gridContour(slide, contour, { ...resolved, alignedToFile }, tissue.parameters, coords);
  const { level, downsample, readSizePx, tileSizePx, sizeLevel0Px, mpp } = resolved;
  return {
    coords: Int32Array.from(alignedToFile ? withoutRepeats(coords) : coords),
    level,
    downsample,
    readSizePx,
    tileSizePx,
    sizeLevel0Px,
    mpp,
    ...(alignedToFile && { alignedToFile }),
  };
}

/** On a grid that pieces of tissue share, a tile may lie on two of them. */
function withoutRepeats(coords: readonly number[]): number[] {
  const seen = new Set<number>();
  const once: number[] = [];
  for (let i = 0; i < coords.length; i += 2) {
    const [x, y] = [coords[i] as number, coords[i + 1] as number];
    const key = y * 2 ** 32 + x;
    if (!seen.has(key)) once.push(x, y);
    seen.add(key);
  }
  return once;
}

/** The box with its corner moved to the grid of the file's tiles, whose first one lies at 0, 0. */
function growToGrid(box: ReturnType<typeof ringBox>, side: number): ReturnType<typeof ringBox> {
  const [x, y] = [Math.floor(box.x / side) * side, Math.floor(box.y / side) * side];
  return { x, y, width: box.x + box.width - x, height: box.y + box.height - y };
}

function gridContour(
  slide: TilingSlide,
  contour: TissueContour,
  scale: ResolvedScale & Pick<TileGrid, 'alignedToFile'>,
  parameters: TilingParameters,
  out: number[],
): void {
  const { width, height } = slide.info;
  const { sizeLevel0Px: side, stepLevel0Px: step } = scale;
  const tissueBox = ringBox(contour.outer);
  const box = scale.alignedToFile ? growToGrid(tissueBox, side) : tissueBox;
  let stopX = box.x + box.width;
  let stopY = box.y + box.height;
  if (!parameters.use_padding) {
    stopX = Math.min(stopX, width - side + 1);
    stopY = Math.min(stopY, height - side + 1);
  }
  const counts = contourTest(parameters.contour_fn, pointTest(contour.outer), side);
  const holes = contour.holes.map(pointTest);
  // A step at a physical scale may be a fraction of a pixel: rounding each place, not the step, keeps tile n where n steps end.
  const columns = Math.ceil((stopX - box.x) / step);
  const rows = Math.ceil((stopY - box.y) / step);
  for (let column = 0; column < columns; column++) {
    const x = Math.round(box.x + column * step);
    for (let row = 0; row < rows; row++) {
      const y = Math.round(box.y + row * step);
      if (!counts(x, y) || holes.some((inside) => inside(x + side / 2, y + side / 2) > 0)) continue;
      out.push(x, y);
    }
    if (out.length / 2 > MAX_TILES) {
      throw new SlidestreamError({
        code: 'tiling/too-many-tiles',
        category: 'data',
        message: `more than ${MAX_TILES} tiles`,
        hint: 'Ask for a larger step or a coarser scale',
      });
    }
  }
}
