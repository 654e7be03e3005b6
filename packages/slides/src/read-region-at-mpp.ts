import { slideError } from './errors.js';
import { resizeRgb } from './resize-rgb.js';
import type { RgbImage, Slide } from './slide.js';

/** A rectangle at a physical scale; `x`, `y` are level-0 pixels, `width`, `height` pixels of the result. */
export interface MppRegionRequest {
  /** µm per pixel of the result. */
  readonly mpp: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly signal?: AbortSignal | undefined;
}

/** A level that is coarser than asked by less than this is taken as it is: pixel sizes are rounded when written down. */
const TOLERANCE = 1e-3;

/**
 * A region at `mpp` µm/px: read from the coarsest level that is as fine, and shrunk from there with antialias.
 *
 * @throws SlidestreamError `slide/no-mpp` when the slide's pixel size is unknown, and what `readRegion` throws
 */
export async function readRegionAtMpp(slide: Slide, request: MppRegionRequest): Promise<RgbImage> {
  const { info } = slide;
  const { mpp, x, y, width, height, signal } = request;
  if (info.mpp === null) {
    throw slideError('slide/no-mpp', 'the slide does not say its pixel size', {
      where: { file: info.path },
      hint: 'Give it with mpp, in µm per level-0 pixel, or ask by level',
    });
  }
  if (!(mpp > 0 && Number.isFinite(mpp)))
    throw slideError('slide/bad-region', `a scale of ${mpp} µm/px`, { category: 'usage', where: { file: info.path } });
  const [across, down] = [mpp / info.mpp.x, mpp / info.mpp.y];
  const asked = Math.min(across, down) * (1 + TOLERANCE);
  const { index, downsample } = info.levels.reduce((best, level) =>
    level.downsample <= asked && level.downsample > best.downsample ? level : best,
  );
  const sourceWidth = Math.max(1, Math.round((width * across) / downsample));
  const sourceHeight = Math.max(1, Math.round((height * down) / downsample));
  const region = await slide.readRegion({ level: index, x, y, width: sourceWidth, height: sourceHeight, signal });
  return resizeRgb(region, width, height);
}
