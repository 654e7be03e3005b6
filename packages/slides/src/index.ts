/**
 * Open a whole-slide image: pyramid, mpp, regions.
 *
 * @packageDocumentation
 */
export type {
  AssociatedImage,
  Compression,
  MppSource,
  OpenSlideOptions,
  RawTile,
  RegionRequest,
  RgbImage,
  Slide,
  SlideInfo,
  SlideLevel,
} from './slide.js';
