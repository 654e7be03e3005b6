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
  const rows = Math.min(height, fitting);
  for (let top = 0; top < height; top += rows) {
    signal?.throwIfAborted();
    const request = { level, x: 0, y: top * downsample, width, height: Math.min(rows, height - top) };
    yield { top, strip: await slide.readRegion(signal === undefined ? request : { ...request, signal }) };
  }
}
