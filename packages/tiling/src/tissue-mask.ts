import { levelOf, levelScale } from './levels.js';
import { loadOpenCv, withMats } from './opencv.js';
import { drawRings } from './render-mask.js';
import { MAX_THUMBNAIL_PIXELS } from './thumbnail.js';
import type { TissueMap } from './tissue-map.js';
import type { SlideTissue, TilingSlide } from './types.js';

/** Which pixels of a small picture of the slide are tissue: 255, else 0. */
export interface TissueMask extends TissueMap {
  /** Level-0 pixels per pixel of the mask. */
  readonly scale: { readonly x: number; readonly y: number };
}

/** The kept tissue without its holes as pixels of the segmentation level, or of a shrunk one where that has more than 2^24 pixels. */
export async function tissueMask(slide: TilingSlide, tissue: SlideTissue): Promise<TissueMask> {
  const { cv } = await loadOpenCv();
  const level = levelOf(slide, tissue.segmentationLevel);
  const factor = Math.max(1, Math.ceil(Math.sqrt((level.width * level.height) / MAX_THUMBNAIL_PIXELS)));
  const levelToSlide = levelScale(slide, tissue.segmentationLevel);
  const scale = { x: levelToSlide.x * factor, y: levelToSlide.y * factor };
  const width = Math.ceil(level.width / factor);
  const height = Math.ceil(level.height / factor);
  // Rounded, where outlines were cut when they were scaled up: the pixel that they came from.
  const toMask = (ring: Int32Array): Int32Array => ring.map((value, i) => Math.round(value / (i % 2 === 0 ? scale.x : scale.y)));
  return withMats((keep) => {
    const canvas = keep(new cv.Mat(height, width, cv.CV_8UC1, new cv.Scalar(0)));
    for (const { outer, holes } of tissue.contours) {
      const inner = holes.map(toMask);
      drawRings(cv, canvas, [toMask(outer)], { colour: [255], thickness: cv.FILLED });
      drawRings(cv, canvas, inner, { colour: [0], thickness: cv.FILLED });
      // A hole is outlined by the tissue around it.
      drawRings(cv, canvas, inner, { colour: [255], thickness: 1 });
    }
    return { width, height, data: Uint8Array.from(canvas.data as Uint8Array), scale };
  });
}

/**
 * Share of a square of level-0 pixels that is tissue, 0 to 1; what lies outside the slide is none. Mask pixels that the square cuts
 * count by the part that is inside.
 */
export function tissueFraction(mask: TissueMask, x: number, y: number, sizePx: number): number {
  const { width, height, data, scale } = mask;
  const [left, right] = [x / scale.x, (x + sizePx) / scale.x];
  const [top, bottom] = [y / scale.y, (y + sizePx) / scale.y];
  let area = 0;
  for (let row = Math.max(0, Math.floor(top)); row < Math.min(height, bottom); row++) {
    const tall = Math.min(bottom, row + 1) - Math.max(top, row);
    for (let column = Math.max(0, Math.floor(left)); column < Math.min(width, right); column++) {
      if (data[row * width + column] === 0) continue;
      area += tall * (Math.min(right, column + 1) - Math.max(left, column));
    }
  }
  return Math.min(1, area / ((right - left) * (bottom - top)));
}
