/**
 * Synthetic slides, conformance suites, golden loaders (private).
 *
 * @packageDocumentation
 */

export type { DescribeHeadOptions } from './describe-head.js';
export { describeHead } from './describe-head.js';
export type {
  SyntheticCohortEntry,
  SyntheticCohortOptions,
  SyntheticLabel,
  SyntheticSlide,
  SyntheticSlideOptions,
  SyntheticTruth,
} from './synthetic-slides.js';
export { makeSyntheticSlide, parseTruth, truthJson, tumourShare, writeSyntheticCohort, writeSyntheticSlide } from './synthetic-slides.js';
export type { TestRunner } from './test-runner.js';
export type { TiffDirectory, TiffField, TiffLayout, TiffPixels, WriteTiffOptions } from './tiff.js';
export { aperioDescription, layOutTiff, writeTiff } from './tiff.js';
