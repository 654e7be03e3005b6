/**
 * Tissue segmentation, contours and holes, tile grid at a physical scale, masks and stitches.
 *
 * @packageDocumentation
 */
export type { TissueCollection, TissueFeature } from './geo-json.js';
export { toGeoJson } from './geo-json.js';
export { gridTiles, MAX_TILES } from './grid-tiles.js';
export { bestLevelForDownsample } from './levels.js';
export { childTiles, linkScales, parentTiles } from './link-scales.js';
export type { ParameterSources } from './parameters.js';
export { checkParameters, defaultParameters, presets, resolveParameters } from './parameters.js';
export type { PixelSizeRow } from './pixel-size-table.js';
export { parsePixelSizes } from './pixel-size-table.js';
export type { ProcessRecord, ProcessRequest, ProcessStatus } from './process-list.js';
export { formatProcessList, parseProcessList, processColumns } from './process-list.js';
export type { ContactSheet } from './render-contact-sheet.js';
export { renderContactSheet } from './render-contact-sheet.js';
export { renderMask } from './render-mask.js';
export { renderStitch } from './render-stitch.js';
export { MAX_SEGMENTATION_PIXELS, resolveLevels, segmentTissue } from './segment-tissue.js';
export type { RejectedTiles, RejectionReason, SelectedTiles, TileDefect, TileSelection } from './select-tiles.js';
export { countReasons, rejectionReasons, selectTiles } from './select-tiles.js';
export type { Thumbnail, ThumbnailOptions } from './thumbnail.js';
export { MAX_THUMBNAIL_PIXELS, readThumbnail } from './thumbnail.js';
export type { TileRegion } from './tile-regions.js';
export { regionsOfClasses } from './tile-regions.js';
export type { ResolvedScale, ScaleLimits } from './tile-scale.js';
export { MAX_TILE_MPP, NATIVE_TOLERANCE, resolveScale } from './tile-scale.js';
export type { TissueMask } from './tissue-mask.js';
export { tissueMask } from './tissue-mask.js';
export type { TissueMethodName } from './tissue-methods.js';
export { isTissueMethod, methodParameters, tissueMethods } from './tissue-methods.js';
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
  TissueMethod,
} from './types.js';
