/**
 * Tissue segmentation, contours and holes, tile grid at a physical scale, masks and stitches.
 *
 * @packageDocumentation
 */
export { gridTiles, MAX_TILES } from './grid-tiles.js';
export { bestLevelForDownsample } from './levels.js';
export type { ParameterSources } from './parameters.js';
export { checkParameters, defaultParameters, presets, resolveParameters } from './parameters.js';
export { MAX_SEGMENTATION_PIXELS, resolveLevels, segmentTissue } from './segment-tissue.js';
export type { ResolvedScale, ScaleLimits } from './tile-scale.js';
export { MAX_TILE_MPP, resolveScale } from './tile-scale.js';
export type {
  PyramidLevel,
  RgbPixels,
  SlideTissue,
  TileGrid,
  TileScale,
  TilingParameters,
  TilingRegion,
  TilingSlide,
  TissueContour,
} from './types.js';
