/**
 * Synthetic TIFF and DICOM slides, without the rest of the test helpers.
 *
 * @packageDocumentation
 */
export type { DicomAttribute, WriteDicomOptions } from './dicom-writer.js';
export { writeDicom } from './dicom-writer.js';
export { halve, madeUpPicture } from './made-up-picture.js';
export { encodeZstd } from './tiff-codecs.js';
export type { TiffDirectory, TiffField, TiffFieldType, TiffLayout } from './tiff-layout.js';
export { layOutTiff } from './tiff-layout.js';
export type { TiffPixels, WriteTiffOptions } from './tiff-writer.js';
export { aperioDescription, cutTiles, writeTiff } from './tiff-writer.js';
