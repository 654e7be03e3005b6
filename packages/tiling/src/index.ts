/**
 * Tissue segmentation, contours and holes, tile grid at a physical scale, masks and stitches.
 *
 * @packageDocumentation
 */
export type { PyramidLevel, RgbPixels, SlideTissue, TileGrid, TileScale, TilingParameters, TilingSlide, TissueContour } from './types.js';
