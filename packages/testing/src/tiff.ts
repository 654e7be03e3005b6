/**
 * Synthetic TIFF slides, without the rest of the test helpers.
 *
 * @packageDocumentation
 */
export type { TiffDirectory, TiffField, TiffFieldType, TiffLayout } from './tiff-layout.js';
export { layOutTiff } from './tiff-layout.js';
export type { TiffPixels, WriteTiffOptions } from './tiff-writer.js';
export { aperioDescription, writeTiff } from './tiff-writer.js';
