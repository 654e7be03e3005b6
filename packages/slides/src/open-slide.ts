import { openFile } from './byte-source.js';
import { detectFormat, HEAD_BYTES } from './detect-format.js';
import { openImageSlide } from './image-slide.js';
import type { OpenSlideOptions, Slide } from './slide.js';
import { openTiffSlide } from './tiff-slide.js';
import { refuseFormat } from './vendors/refused.js';

/**
 * Opens a whole-slide image: Aperio SVS, or tiled, stripped and pyramidal TIFF and BigTIFF.
 *
 * @throws SlidestreamError `io/*`, `slide/unsupported-format`, `slide/unsupported-compression`, `slide/unsupported-layout`,
 * `slide/corrupt`, `slide/truncated`, `slide/too-large`
 * @example
 * ```ts
 * await using slide = await openSlide('case-17.svs');
 * const { data } = await slide.readRegion({ level: 0, x: 1024, y: 2048, width: 256, height: 256 });
 * ```
 */
export async function openSlide(path: string, options: OpenSlideOptions = {}): Promise<Slide> {
  const source = await openFile(path);
  try {
    const format = detectFormat(await source.read(0, Math.min(source.size, HEAD_BYTES)), path);
    if (format.kind === 'tiff') return await openTiffSlide(source, options);
    if (format.kind === 'png' || format.kind === 'jpeg') return await openImageSlide(source, format.kind, options);
    throw refuseFormat(path, format.kind === 'foreign' ? format.name : 'DICOM');
  } catch (error) {
    await source.close();
    throw error;
  }
}
