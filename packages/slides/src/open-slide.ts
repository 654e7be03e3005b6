import { openFile } from './byte-source.js';
import type { OpenSlideOptions, Slide } from './slide.js';
import { isTiff } from './tiff/directory.js';
import { openTiffSlide } from './tiff-slide.js';
import { nameForeignFormat, refuseFormat } from './vendors/refused.js';

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
    const head = await source.read(0, Math.min(source.size, 160));
    const foreign = nameForeignFormat(head, path);
    if (foreign !== undefined || !isTiff(head)) throw refuseFormat(path, foreign);
    return await openTiffSlide(source, options);
  } catch (error) {
    await source.close();
    throw error;
  }
}
