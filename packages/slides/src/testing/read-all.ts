import { isSlidestreamError } from '@slidestream/core';
import { openSlide } from '../open-slide.js';
import type { SlideReader } from '../slide.js';

/** The most that is read of a level. */
const SIDE = 400;

/**
 * Opens a file and reads a part of everything in it.
 *
 * @returns `valid`, or the code of the typed error in which that ends
 * @throws whatever is no typed error, or one that blames this package
 */
export async function readAll(path: string, reader: SlideReader): Promise<string> {
  try {
    await using slide = await openSlide(path, { reader });
    for (const { index: level, width, height } of slide.info.levels) {
      const size = { width: Math.min(width, SIDE), height: Math.min(height, SIDE) };
      const { data } = await slide.readRegion({ level, x: 0, y: 0, ...size });
      if (data.length !== size.width * size.height * 3) throw new TypeError(`a region of ${data.length} bytes`);
      await slide.readRawTile(level, 0, 0);
    }
    for (const { name } of slide.info.associated) await slide.readAssociated(name);
    return 'valid';
  } catch (error) {
    if (!isSlidestreamError(error) || error.category === 'internal' || error.category === 'usage') throw error;
    return error.code;
  }
}
