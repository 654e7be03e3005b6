import { levelOf, levelScale } from './levels.js';
import { readLevel } from './read-level.js';
import type { RgbPixels, TilingSlide } from './types.js';

/** Pixels of a thumbnail at most: 48 MB of RGB, far below what JPEG can hold. */
export const MAX_THUMBNAIL_PIXELS = 2 ** 24;

/** A small picture of a whole slide. */
export interface Thumbnail extends RgbPixels {
  /** Level-0 pixels per pixel of the picture. */
  readonly scale: { readonly x: number; readonly y: number };
}

/** How {@link readThumbnail} reads. */
export interface ThumbnailOptions {
  readonly maxPixels?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A level of a slide as one picture; levels above `maxPixels` are shrunk by a whole factor while they are read, so that memory
 * stays bounded for slides without a pyramid.
 */
export async function readThumbnail(slide: TilingSlide, level: number, options: ThumbnailOptions = {}): Promise<Thumbnail> {
  const { maxPixels = MAX_THUMBNAIL_PIXELS, signal } = options;
  const { width, height } = levelOf(slide, level);
  const factor = Math.max(1, Math.ceil(Math.sqrt((width * height) / maxPixels)));
  const scale = levelScale(slide, level);
  const outWidth = Math.ceil(width / factor);
  const outHeight = Math.ceil(height / factor);
  const data = new Uint8Array(outWidth * outHeight * 3);
  for await (const { top, strip } of readLevel(slide, level, { signal, rowsMultipleOf: factor })) {
    const shrunk = factor === 1 ? strip.data : shrink(strip, factor);
    data.set(shrunk, (top / factor) * outWidth * 3);
  }
  return { width: outWidth, height: outHeight, data, scale: { x: scale.x * factor, y: scale.y * factor } };
}

/** Means of squares of `factor` pixels; squares over the border take what there is. */
function shrink(image: RgbPixels, factor: number): Uint8Array {
  const { width, height, data } = image;
  const outWidth = Math.ceil(width / factor);
  const outHeight = Math.ceil(height / factor);
  const out = new Uint8Array(outWidth * outHeight * 3);
  const sums = new Uint32Array(outWidth * 3);
  for (let row = 0; row < outHeight; row++) {
    sums.fill(0);
    const bottom = Math.min(height, (row + 1) * factor);
    for (let y = row * factor; y < bottom; y++) {
      for (let x = 0, p = y * width * 3; x < width; x++, p += 3) {
        const at = Math.floor(x / factor) * 3;
        for (let c = 0; c < 3; c++) sums[at + c] = (sums[at + c] as number) + (data[p + c] as number);
      }
    }
    const rows = bottom - row * factor;
    for (let x = 0; x < outWidth; x++) {
      const area = rows * (Math.min(width, (x + 1) * factor) - x * factor);
      for (let c = 0; c < 3; c++) out[(row * outWidth + x) * 3 + c] = Math.round((sums[3 * x + c] as number) / area);
    }
  }
  return out;
}
