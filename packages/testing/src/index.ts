/**
 * Synthetic slides and containers for tests (private).
 *
 * @packageDocumentation
 */

export type {
  SyntheticCohortEntry,
  SyntheticCohortOptions,
  SyntheticLabel,
  SyntheticSlide,
  SyntheticSlideOptions,
  SyntheticTruth,
} from './synthetic-slides.js';
export { makeSyntheticSlide, parseTruth, truthJson, tumourShare, writeSyntheticCohort, writeSyntheticSlide } from './synthetic-slides.js';
export type { TiffDirectory, TiffField, TiffLayout, TiffPixels, WriteTiffOptions } from './tiff.js';
export { aperioDescription, layOutTiff, writeTiff } from './tiff.js';
