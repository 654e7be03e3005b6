/**
 * Synthetic slides, conformance suites, golden loaders (private).
 *
 * @packageDocumentation
 */
export type { TiffDirectory, TiffField, TiffLayout, TiffPixels, WriteTiffOptions } from './tiff.js';
export { aperioDescription, layOutTiff, writeTiff } from './tiff.js';
