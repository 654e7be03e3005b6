import { levelOf } from './levels.js';
import type { RgbPixels, TilingSlide } from './types.js';

/** Pixels of one region when a level is read: 48 MB of RGB. */
const STRIP_PIXELS = 2 ** 24;

/** How {@link readLevel} reads. */
export interface ReadLevelOptions {
  readonly signal?: AbortSignal | undefined;
  /** Strips are a multiple of this many rows, but for the last. Default 1. */
  readonly rowsMultipleOf?: number | undefined;
  /** Pixels of one strip at most, where the multiple of rows allows it. Default 2^24. */
  readonly stripPixels?: number | undefined;
}

/** A whole level in strips from top to bottom, so that memory does not grow with the level; one strip where it fits. */
export async function* readLevel(
  slide: TilingSlide,
  level: number,
  options: ReadLevelOptions = {},
): AsyncGenerator<{ readonly top: number; readonly strip: RgbPixels }> {
  const { width, height, downsample } = levelOf(slide, level);
  const { signal, rowsMultipleOf = 1, stripPixels = STRIP_PIXELS } = options;
  const fitting = Math.max(1, Math.floor(stripPixels / width / rowsMultipleOf)) * rowsMultipleOf;
  const rows = fitting >= height ? height : alignedRows(fitting, { height, downsample, step: rowsMultipleOf });
  for (let top = 0; top < height; top += rows) {
    signal?.throwIfAborted();
    const request = { level, x: 0, y: Math.round(top * downsample), width, height: Math.min(rows, height - top) };
    yield { top, strip: await slide.readRegion(signal === undefined ? request : { ...request, signal }) };
  }
}

/**
 * Rows of a strip, at least half of `fitting`, for which strips start nearest to whole level-0 pixels: readers take whole ones, and what
 * is rounded away shifts the strip by so much of a pixel.
 */
export function alignedRows(
  fitting: number,
  level: { readonly height: number; readonly downsample: number; readonly step: number },
): number {
  const { height, downsample, step } = level;
  let best = fitting;
  let bestShift = Number.POSITIVE_INFINITY;
  for (let rows = fitting; rows >= fitting / 2; rows -= step) {
    let shift = 0;
    for (let top = rows; top < height && shift < bestShift; top += rows) {
      shift = Math.max(shift, Math.abs(top * downsample - Math.round(top * downsample)));
    }
    if (shift < bestShift) {
      best = rows;
      bestShift = shift;
    }
    if (bestShift < 1e-9) break;
  }
  return best;
}
