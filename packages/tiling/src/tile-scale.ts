import { SlidestreamError } from '@slidestream/core';
import { levelOf } from './levels.js';
import type { PyramidLevel, TileScale, TilingSlide } from './types.js';

/** Coarsest tile scale that is taken without being told: beyond it a resolution tag of a screen was read as a pixel size. */
export const MAX_TILE_MPP = 20;

/** A level whose scale differs by this share from what was asked is read as it is: scanners of one magnification differ by 1–2 %. */
export const NATIVE_TOLERANCE = 0.02;

/** Widest tolerance that is taken: beyond it "within" a scale means another magnification. */
const MAX_TOLERANCE = 0.5;

/** Downsamples are quotients of rounded sizes: a level this much coarser than asked still counts as fine enough to shrink from. */
const ROUNDING = 1e-3;

/** A slide whose level 0 is this much coarser than what was asked is refused: its tiles would be blown up. */
const FINER_TOLERANCE = 0.1;

/** µm/px of magnification 1: 0.5 µm/px at 20×. */
const MPP_OF_MAGNIFICATION_1 = 10;

/** How far objective and pixel size may contradict each other when tiles are asked by magnification. */
const CONTRADICTION = 0.4;

/** What a slide may be tiled at beyond the usual. */
export interface ScaleLimits {
  /** Take scales above 20 µm/px. */
  readonly allowCoarse?: boolean | undefined;
  /** Enlarge pixels where a slide is coarser than the asked scale. */
  readonly allowUpsampling?: boolean | undefined;
  /** By how much a level may differ from the asked scale to be read as it is, as a share: default 0.02; 0 resamples always. */
  readonly tolerance?: number | undefined;
  /** Refuse slides that have no level within the tolerance, instead of resampling. */
  readonly nativeOnly?: boolean | undefined;
}

/** How tiles of a scale are read from one slide. */
export interface ResolvedScale {
  readonly level: number;
  /** CLAM's factor at `level` scales: the level's downsample; level-0 pixels per read pixel. */
  readonly downsample: number;
  readonly readSizePx: number;
  readonly tileSizePx: number;
  readonly sizeLevel0Px: number;
  /** May be a fraction: places are rounded, not the step. */
  readonly stepLevel0Px: number;
  /** µm/px of the finished tile; `null` when the slide's pixel size is unknown. */
  readonly mpp: number | null;
}

/**
 * Level, read size and level-0 size of a tile scale on a slide. By level as CLAM does it (level-0 size = size · ⌊downsample⌋). By mpp
 * or magnification: a level within the tolerance is read as it is, and the tile has that level's scale; else tiles come from the
 * coarsest level that is finer than asked, resampled to exactly what was asked.
 *
 * @throws SlidestreamError `tiling/mpp-unknown`, `tiling/magnification-unknown` when the slide does not say: never guessed
 * @throws SlidestreamError `tiling/too-coarse` above 20 µm/px, `tiling/too-fine` below level 0, unless allowed
 * @throws SlidestreamError `tiling/no-native-level` with `nativeOnly`
 * @throws SlidestreamError `tiling/bad-scale`, `tiling/no-such-level`, `tiling/pixels-not-square`, `tiling/scale-contradiction`
 */
export function resolveScale(slide: TilingSlide, scale: TileScale, limits: ScaleLimits = {}): ResolvedScale {
  const { tileSizePx, stepPx = tileSizePx, at } = scale;
  checkSize('tileSizePx', tileSizePx);
  checkSize('stepPx', stepPx);
  const mpp0 = squareMpp(slide, at.kind !== 'level');
  const resolved = at.kind === 'level' ? byLevel(slide, at.level, tileSizePx, stepPx, mpp0) : byFactor(slide, scale, stepPx, mpp0, limits);
  if (resolved.mpp !== null && resolved.mpp > MAX_TILE_MPP && limits.allowCoarse !== true) {
    throw new SlidestreamError({
      code: 'tiling/too-coarse',
      category: 'data',
      message: `tiles would have ${round(resolved.mpp)} µm/px, above ${MAX_TILE_MPP} µm/px no tissue structure is left`,
      hint: 'Give the true mpp of the slide if its tag is wrong, ask for a finer scale, or allow coarse tiles',
    });
  }
  return resolved;
}

function byLevel(slide: TilingSlide, level: number, tileSizePx: number, stepPx: number, mpp0: number | null): ResolvedScale {
  if (!(Number.isInteger(level) && level >= 0 && level < slide.info.levels.length)) {
    throw new SlidestreamError({
      code: 'tiling/no-such-level',
      category: 'data',
      message: `tiles are asked at level ${level}, the slide has levels 0 to ${slide.info.levels.length - 1}`,
      where: { level },
      hint: 'Ask by mpp to treat slides with different pyramids alike',
    });
  }
  const { downsample, width } = levelOf(slide, level);
  // CLAM takes the factor from the widths, then cuts it.
  const factor = Math.max(1, Math.trunc(slide.info.width / width));
  return {
    level,
    downsample,
    readSizePx: tileSizePx,
    tileSizePx,
    sizeLevel0Px: tileSizePx * factor,
    stepLevel0Px: stepPx * factor,
    mpp: mpp0 === null ? null : mpp0 * downsample,
  };
}

function byFactor(slide: TilingSlide, scale: TileScale, stepPx: number, mpp0: number | null, limits: ScaleLimits): ResolvedScale {
  const factor = wantedFactor(slide, scale.at, mpp0);
  if (factor < 1 - FINER_TOLERANCE && limits.allowUpsampling !== true) {
    throw new SlidestreamError({
      code: 'tiling/too-fine',
      category: 'data',
      message: `level 0 is ${round(1 / factor)} times coarser than the asked scale`,
      hint: 'Ask for a coarser scale, or allow upsampling',
    });
  }
  const { tileSizePx } = scale;
  const native = nativeLevel(slide, factor, limits);
  if (native !== null) {
    const { downsample } = levelOf(slide, native);
    return {
      level: native,
      downsample,
      readSizePx: tileSizePx,
      tileSizePx,
      sizeLevel0Px: Math.max(1, Math.round(tileSizePx * downsample)),
      stepLevel0Px: Math.max(1, stepPx * downsample),
      mpp: mpp0 === null ? null : mpp0 * downsample,
    };
  }
  const level = finerLevel(slide, factor);
  const { downsample } = levelOf(slide, level);
  return {
    level,
    downsample,
    readSizePx: Math.max(1, Math.round((tileSizePx * factor) / downsample)),
    tileSizePx,
    sizeLevel0Px: Math.max(1, Math.round(tileSizePx * factor)),
    stepLevel0Px: Math.max(1, stepPx * factor),
    mpp: mpp0 === null ? null : mpp0 * factor,
  };
}

/** The level nearest to `factor` within the tolerance; `null` when there is none and resampling is allowed. */
function nativeLevel(slide: TilingSlide, factor: number, limits: ScaleLimits): number | null {
  const { tolerance = NATIVE_TOLERANCE, nativeOnly = false } = limits;
  if (!(tolerance >= 0 && tolerance <= MAX_TOLERANCE)) throw badScale('tolerance', `a share from 0 to ${MAX_TOLERANCE}, got ${tolerance}`);
  const distance = ({ downsample }: PyramidLevel): number => Math.abs(Math.log(downsample / factor));
  const level = slide.info.levels.reduce((best, one, i, all) => (distance(one) < distance(all[best] as PyramidLevel) ? i : best), 0);
  const nearest = levelOf(slide, level);
  // Equal numbers that were rounded when they were written down differ in the last digits.
  if (Math.abs(nearest.downsample / factor - 1) <= tolerance + 1e-9) return level;
  if (!nativeOnly) return null;
  throw new SlidestreamError({
    code: 'tiling/no-native-level',
    category: 'data',
    message: `no level is within ${round(100 * tolerance)} % of the asked scale; level ${level} is ${round(nearest.downsample / factor)} times it`,
    hint: 'Allow a larger tolerance, or resampling',
  });
}

/** The coarsest level that is at least as fine as `factor`. */
function finerLevel(slide: TilingSlide, factor: number): number {
  return slide.info.levels.reduce(
    (best, { downsample }, i) => (downsample <= factor * (1 + ROUNDING) && downsample > levelOf(slide, best).downsample ? i : best),
    0,
  );
}

/** Level-0 pixels per pixel of the finished tile. */
function wantedFactor(slide: TilingSlide, at: TileScale['at'], mpp0: number | null): number {
  if (at.kind === 'mpp') {
    checkPositive('mpp', at.mpp);
    if (mpp0 !== null) return at.mpp / mpp0;
    throw new SlidestreamError({
      code: 'tiling/mpp-unknown',
      category: 'data',
      message: 'the slide does not say its pixel size, so tiles cannot be cut by mpp',
      hint: 'Give its pixel size (--slide-mpp), or tile by level',
    });
  }
  if (at.kind !== 'magnification') throw new TypeError('a level has no factor');
  checkPositive('magnification', at.magnification);
  const { objective } = slide.info;
  const byPixelSize = mpp0 === null ? null : MPP_OF_MAGNIFICATION_1 / at.magnification / mpp0;
  if (objective === null) {
    if (byPixelSize !== null) return byPixelSize;
    throw new SlidestreamError({
      code: 'tiling/magnification-unknown',
      category: 'data',
      message: 'the slide says neither its magnification nor its pixel size',
      hint: 'Give its pixel size (--slide-mpp), or tile by level',
    });
  }
  const byObjective = objective / at.magnification;
  if (byPixelSize !== null && Math.abs(Math.log(byObjective / byPixelSize)) > Math.log(1 + CONTRADICTION)) {
    throw new SlidestreamError({
      code: 'tiling/scale-contradiction',
      category: 'data',
      message: `the slide says ${objective}× and ${round(mpp0 ?? Number.NaN)} µm/px, which contradict each other`,
      hint: 'Ask for tiles by mpp',
    });
  }
  return byObjective;
}

/** Level-0 µm/px where pixels are square within 5 %. */
function squareMpp(slide: TilingSlide, needed: boolean): number | null {
  const { mpp } = slide.info;
  if (mpp === null) return null;
  if (Math.abs(mpp.x / mpp.y - 1) <= 0.05) return (mpp.x + mpp.y) / 2;
  if (!needed) return null;
  throw new SlidestreamError({
    code: 'tiling/pixels-not-square',
    category: 'data',
    message: `pixels of ${round(mpp.x)} × ${round(mpp.y)} µm are not square`,
    hint: 'Give the mpp of the slide if its tag is wrong, or tile by level',
  });
}

function checkSize(name: string, value: number): void {
  if (!(Number.isInteger(value) && value > 0 && value <= 65_536))
    throw badScale(name, `a whole number of pixels from 1 to 65536, got ${value}`);
}

function checkPositive(name: string, value: number): void {
  if (!(value > 0 && Number.isFinite(value))) throw badScale(name, `positive, got ${value}`);
}

function badScale(name: string, what: string): SlidestreamError {
  return new SlidestreamError({ code: 'tiling/bad-scale', category: 'usage', message: `${name} must be ${what}`, where: { key: name } });
}

function round(value: number): string {
  return String(Number(value.toPrecision(4)));
}
