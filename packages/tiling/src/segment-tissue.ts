import { SlidestreamError } from '@slidestream/core';
import { filterContours } from './filter-contours.js';
import { bestLevelForDownsample, levelOf, levelScale } from './levels.js';
import { loadOpenCv } from './opencv.js';
import { checkParameters } from './parameters.js';
import { ringArea, scaleRing } from './polygon.js';
import { tissueMap } from './tissue-map.js';
import { traceContours } from './trace-contours.js';
import type { SlideTissue, TilingParameters, TilingSlide, TissueContour } from './types.js';

/** CLAM's limit of a segmentation level: more pixels are refused. */
export const MAX_SEGMENTATION_PIXELS = 1e8;

/** Side of the square of level-0 pixels in which CLAM counts areas. */
const REFERENCE_SIDE_PX = 512;

/** Downsample at which CLAM segments and draws when no level is named. */
const DEFAULT_DOWNSAMPLE = 64;

/** Parameters whose levels of −1 are replaced by the slide's best level for downsample 64. @throws SlidestreamError `tiling/no-such-level` */
export function resolveLevels(slide: TilingSlide, parameters: TilingParameters): TilingParameters {
  const { levels } = slide.info;
  const resolve = (key: 'seg_level' | 'vis_level'): number => {
    const level = parameters[key] < 0 ? bestLevelForDownsample(levels, DEFAULT_DOWNSAMPLE) : parameters[key];
    if (level < levels.length) return level;
    throw new SlidestreamError({
      code: 'tiling/no-such-level',
      category: 'data',
      message: `${key} is ${level}, the slide has levels 0 to ${levels.length - 1}`,
      where: { key },
      hint: 'Use -1 for the best level of each slide',
    });
  };
  return { ...parameters, seg_level: resolve('seg_level'), vis_level: resolve('vis_level') };
}

/**
 * Tissue and holes by CLAM's rule: saturation (or what `method` names), median blur, threshold (or Otsu), closing, contours in two levels, and filters
 * by area, in CLAM's order (Lu et al. 2021, Data-efficient and weakly supervised computational pathology; SPEC §7.1).
 *
 * @returns contours in level-0 pixels
 * @throws SlidestreamError `tiling/level-too-large` when the segmentation level has more than 1e8 pixels (CLAM's `failed_seg`)
 * @throws SlidestreamError `tiling/no-such-level`, `tiling/bad-parameter`, `tiling/no-such-contour`
 *
 * @example
 * ```ts
 * const tissue = await segmentTissue(slide, presets.tcga);
 * const grid = gridTiles(slide, tissue, { tileSizePx: 256, at: { kind: 'mpp', mpp: 0.5 } });
 * ```
 */
export async function segmentTissue(
  slide: TilingSlide,
  parameters: TilingParameters,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<SlideTissue> {
  const resolved = resolveLevels(slide, checkParameters(parameters));
  const level = resolved.seg_level;
  const { width, height } = levelOf(slide, level);
  if (width * height > MAX_SEGMENTATION_PIXELS) {
    throw new SlidestreamError({
      code: 'tiling/level-too-large',
      category: 'data',
      message: `segmentation level ${level} has ${width} × ${height} pixels, more than ${MAX_SEGMENTATION_PIXELS}`,
      where: { level },
      hint: 'Name a smaller level with seg_level, or give the slide a pyramid',
    });
  }
  const map = await tissueMap(slide, level, { method: resolved.method ?? 'saturation', signal: options.signal });
  const { cv } = await loadOpenCv();
  const traced = traceContours(cv, map, resolved);
  const scale = levelScale(slide, level);
  const unitArea = Math.trunc(REFERENCE_SIDE_PX ** 2 / (scale.x * scale.y));
  const kept = filterContours(traced, {
    minArea: resolved.a_t * unitArea,
    minHoleArea: resolved.a_h * unitArea,
    maxHoles: resolved.max_n_holes,
  });
  const contours = kept.map(({ outer, holes }) => ({
    outer: scaleRing(outer, scale),
    holes: holes.map((hole) => scaleRing(hole, scale)),
  }));
  const largestPiece = traced.reduce((most, { ring, parent }) => (parent < 0 ? Math.max(most, ringArea(ring)) : most), 0) / unitArea;
  return { contours: chooseContours(contours, resolved), segmentationLevel: level, parameters: resolved, largestPiece };
}

/** CLAM's `keep_ids` (all when empty) without `exclude_ids`, in ascending order. */
function chooseContours(contours: readonly TissueContour[], { keep_ids, exclude_ids }: TilingParameters): readonly TissueContour[] {
  if (keep_ids.length === 0 && exclude_ids.length === 0) return contours;
  const wanted = keep_ids.length === 0 ? contours.map((_, i) => i) : [...new Set(keep_ids)].sort((a, b) => a - b);
  return wanted
    .filter((id) => !exclude_ids.includes(id))
    .map((id) => {
      const contour = contours[id];
      if (contour !== undefined) return contour;
      throw new SlidestreamError({
        code: 'tiling/no-such-contour',
        category: 'data',
        message: `keep_ids names contour ${id}, ${contours.length} were found`,
        where: { key: 'keep_ids' },
      });
    });
}
