/**
 * Open a whole-slide image: pyramid, mpp, regions.
 *
 * @packageDocumentation
 */
export type { EncodeJpegOptions } from './encode-image.js';
export { encodeJpeg, encodePng } from './encode-image.js';
export type { SlideFile } from './find-slides.js';
export { findSlides, slideExtensions, slideId } from './find-slides.js';
export { decodeJpeg } from './jpeg/decode-jpeg.js';
export type { BatchSize } from './jpeg/decode-jpegs-into.js';
export { decodeJpegsInto } from './jpeg/decode-jpegs-into.js';
export { jpegBackend } from './jpeg/jpeg-backend.js';
export { openSlide } from './open-slide.js';
export type { MppRegionRequest } from './read-region-at-mpp.js';
export { readRegionAtMpp } from './read-region-at-mpp.js';
export { resizeRgb } from './resize-rgb.js';
export type {
  AssociatedImage,
  Compression,
  MissingTiles,
  MppSource,
  OpenSlideOptions,
  RawTile,
  RegionImage,
  RegionRequest,
  RgbImage,
  Slide,
  SlideInfo,
  SlideLevel,
  SlideReader,
} from './slide.js';
export { slideReaders } from './slide.js';
