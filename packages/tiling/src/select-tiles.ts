import { levelOf } from './levels.js';
import { type TileQuality, tileQuality } from './tile-quality.js';
import { regionTest, type TileRegion } from './tile-regions.js';
import { type TissueMask, tissueFraction } from './tissue-mask.js';
import type { TileGrid, TilingSlide } from './types.js';

/** Why a tile of the grid was left out. */
export type RejectionReason = 'not-included' | 'excluded' | 'little-tissue' | 'missing' | 'blank' | 'pen' | 'blur';

/** Reasons in the order in which they are looked at: the first that holds is the one that is given. */
export const rejectionReasons: readonly RejectionReason[] = Object.freeze([
  'not-included',
  'excluded',
  'little-tissue',
  'missing',
  'blank',
  'pen',
  'blur',
] as const);

/** Defects that are looked for in a tile's pixels, and `missing`: not all of them are in the file. */
export type TileDefect = 'missing' | 'blank' | 'pen' | 'blur';

/** Which tiles of a grid are kept; nothing given keeps all of them. */
export interface TileSelection {
  /** Least share of a tile that must be tissue, 0 to 1. */
  readonly minTissue?: number | undefined;
  /** Defects for which tiles are left out; each candidate is read for it. */
  readonly reject?: readonly TileDefect[] | undefined;
  /** Only tiles whose centre lies in one of these. */
  readonly include?: readonly TileRegion[] | undefined;
  /** No tiles whose centre lies in one of these. */
  readonly exclude?: readonly TileRegion[] | undefined;
}

/** Tiles kept, and the others with their reason. */
export interface SelectedTiles {
  readonly grid: TileGrid;
  readonly rejected: RejectedTiles;
}

/** Tiles that were left out. */
export interface RejectedTiles {
  /** Level-0 top-left corners, int32 [M, 2]. */
  readonly coords: Int32Array;
  /** Of every tile. */
  readonly reasons: readonly RejectionReason[];
}

/** Tiles of which less than this range of grey levels holds 95 % are blank: the noise of glass spans 6 to 10, pale tissue 20. */
const BLANK_RANGE = 12;

/** Share of a tile in the colours of marker pens that spoils it. */
const PEN_SHARE = 0.2;

/**
 * Sharpness below which a tile is blurred. Of 400 tiles of seven H&E slides (0.33 and 0.5 µm/px, three sources, borders included) the least
 * sharp one has 0.64; after a Gaussian of 2 µm the sharpest has 0.20, after one of 1 µm half of them are below 0.37.
 */
const BLUR_SHARPNESS = 0.25;

/** Pixels of a tile's side that are enough to judge its colours. */
const ENOUGH_PX = 48;

/** Tiles read at a time. */
const CONCURRENCY = 8;

/**
 * Tells which tiles of a grid are kept: by annotations (a tile belongs to the region in which its centre lies), by how much of the tile
 * is tissue, and by defects of its pixels. Every tile that is left out has its reason; kept ones carry their tissue fraction.
 *
 * @throws SlidestreamError `slide/*` where a tile cannot be read
 *
 * @example
 * ```ts
 * const mask = await tissueMask(slide, tissue);
 * const { grid, rejected } = await selectTiles(slide, gridTiles(slide, tissue, scale), { mask, minTissue: 0.25, reject: ['pen', 'blur'] });
 * ```
 */
export async function selectTiles(
  slide: TilingSlide,
  grid: TileGrid,
  options: TileSelection & { readonly mask: TissueMask; readonly signal?: AbortSignal | undefined },
): Promise<SelectedTiles> {
  const { mask, include, exclude = [], minTissue = 0, reject = [] } = options;
  const { coords, sizeLevel0Px } = grid;
  const count = coords.length / 2;
  const included = include === undefined ? () => true : regionTest(include);
  const excluded = regionTest(exclude);
  const fractions = new Float32Array(count);
  const reasons = new Array<RejectionReason | null>(count).fill(null);
  for (let i = 0; i < count; i++) {
    const [x, y] = [coords[2 * i] as number, coords[2 * i + 1] as number];
    const [centreX, centreY] = [x + sizeLevel0Px / 2, y + sizeLevel0Px / 2];
    fractions[i] = tissueFraction(mask, x, y, sizeLevel0Px);
    if (!included(centreX, centreY)) reasons[i] = 'not-included';
    else if (excluded(centreX, centreY)) reasons[i] = 'excluded';
    else if ((fractions[i] as number) < minTissue) reasons[i] = 'little-tissue';
  }
  if (reject.includes('missing')) markMissing(slide, grid, reasons);
  if (reject.some((defect) => defect !== 'missing')) {
    const waiting = Array.from({ length: count }, (_, i) => i).filter((i) => reasons[i] === null);
    const read = qualityReader(slide, grid, { detailed: reject.includes('blur'), signal: options.signal });
    for (let at = 0; at < waiting.length; at += CONCURRENCY) {
      options.signal?.throwIfAborted();
      await Promise.all(
        waiting.slice(at, at + CONCURRENCY).map(async (i) => {
          reasons[i] = defectOf(await read(i), reject);
        }),
      );
    }
  }
  return split(grid, fractions, reasons);
}

/** Counts of left-out tiles by reason, in the order of {@link rejectionReasons}; reasons that do not occur are not there. */
export function countReasons({ reasons }: RejectedTiles): Partial<Record<RejectionReason, number>> {
  const counts: Partial<Record<RejectionReason, number>> = {};
  for (const reason of rejectionReasons) {
    const count = reasons.filter((one) => one === reason).length;
    if (count > 0) counts[reason] = count;
  }
  return counts;
}

/** Gives their reason to tiles that the file does not hold whole, without reading any. */
function markMissing(slide: TilingSlide, grid: TileGrid, reasons: (RejectionReason | null)[]): void {
  const { level, readSizePx, coords } = grid;
  for (let i = 0; i < reasons.length; i++) {
    if (reasons[i] !== null) continue;
    const request = { level, x: coords[2 * i] as number, y: coords[2 * i + 1] as number, width: readSizePx, height: readSizePx };
    if ((slide.countMissing?.(request) ?? 0) > 0) reasons[i] = 'missing';
  }
}

function defectOf({ greyRange, penShare, sharpness }: TileQuality, looked: readonly TileDefect[]): TileDefect | null {
  if (looked.includes('blank') && greyRange < BLANK_RANGE) return 'blank';
  if (looked.includes('pen') && penShare >= PEN_SHARE) return 'pen';
  if (looked.includes('blur') && sharpness < BLUR_SHARPNESS && greyRange >= BLANK_RANGE) return 'blur';
  return null;
}

/** Reads a tile to judge it: as it will be read for blur, from the coarsest level that still shows its colours otherwise. */
function qualityReader(
  slide: TilingSlide,
  grid: TileGrid,
  options: { readonly detailed: boolean; readonly signal?: AbortSignal | undefined },
): (index: number) => Promise<TileQuality> {
  const { levels, mpp } = slide.info;
  const enough = (level: number): boolean => grid.sizeLevel0Px / levelOf(slide, level).downsample >= ENOUGH_PX;
  const coarse = levels.reduce(
    (best, _, level) => (enough(level) && levelOf(slide, level).downsample > levelOf(slide, best).downsample ? level : best),
    0,
  );
  const level = options.detailed ? grid.level : coarse;
  const { downsample } = levelOf(slide, level);
  const size = options.detailed ? grid.readSizePx : Math.max(1, Math.round(grid.sizeLevel0Px / downsample));
  const readMpp = mpp === null ? null : ((mpp.x + mpp.y) / 2) * downsample;
  return async (index) => {
    const request = { level, x: grid.coords[2 * index] as number, y: grid.coords[2 * index + 1] as number, width: size, height: size };
    return tileQuality(await slide.readRegion(options.signal === undefined ? request : { ...request, signal: options.signal }), readMpp);
  };
}

function split(grid: TileGrid, fractions: Float32Array, reasons: readonly (RejectionReason | null)[]): SelectedTiles {
  const pick = (wanted: (reason: RejectionReason | null) => boolean): number[] =>
    reasons.flatMap((reason, i) => (wanted(reason) ? [i] : []));
  const corners = (indices: readonly number[]): Int32Array =>
    Int32Array.from(indices.flatMap((i) => [grid.coords[2 * i] as number, grid.coords[2 * i + 1] as number]));
  const kept = pick((reason) => reason === null);
  const left = pick((reason) => reason !== null);
  return {
    grid: { ...grid, coords: corners(kept), tissueFractions: Float32Array.from(kept, (i) => fractions[i] as number) },
    rejected: { coords: corners(left), reasons: left.map((i) => reasons[i] as RejectionReason) },
  };
}
