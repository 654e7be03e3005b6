import type { PyramidLevel, TilingSlide } from './types.js';

/** OpenSlide's `get_best_level_for_downsample`: the last level whose downsample is not above `downsample`; level 0 below the first. */
export function bestLevelForDownsample(levels: readonly PyramidLevel[], downsample: number): number {
  for (let i = 1; i < levels.length; i++) if (downsample < (levels[i] as PyramidLevel).downsample) return i - 1;
  return levels.length === 0 || downsample < (levels[0] as PyramidLevel).downsample ? 0 : levels.length - 1;
}

/** Level-0 pixels per pixel of a level, along x and y: CLAM's own estimate from the sizes, not OpenSlide's average. */
export function levelScale(slide: TilingSlide, level: number): { readonly x: number; readonly y: number } {
  const { width, height } = levelOf(slide, level);
  return { x: slide.info.width / width, y: slide.info.height / height };
}

/** A level by number. @throws RangeError when the slide has no such level: callers check what users give */
export function levelOf(slide: TilingSlide, level: number): PyramidLevel {
  const found = slide.info.levels[level];
  if (found === undefined) throw new RangeError(`the slide has no level ${level}`);
  return found;
}
