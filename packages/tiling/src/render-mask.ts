import { type Cv, loadOpenCv, withMats } from './opencv.js';
import { type Ring, scaleRing } from './polygon.js';
import type { Thumbnail } from './thumbnail.js';
import type { RgbPixels, SlideTissue } from './types.js';

const TISSUE_COLOUR = [0, 255, 0];
const HOLE_COLOUR = [0, 0, 255];

/** Thickest line that OpenCV draws. */
const MAX_THICKNESS = 32_767;

/**
 * A thumbnail with the tissue's outlines in green and its holes in blue, drawn as thick as `line_thickness` level-0 pixels are on
 * it (CLAM's `masks/`).
 */
export async function renderMask(thumbnail: Thumbnail, tissue: SlideTissue): Promise<RgbPixels> {
  const { cv } = await loadOpenCv();
  const { width, height, data, scale } = thumbnail;
  const shrink = { x: 1 / scale.x, y: 1 / scale.y };
  const wanted = Math.trunc(tissue.parameters.line_thickness * Math.sqrt(shrink.x * shrink.y));
  const thickness = Math.min(MAX_THICKNESS, Math.max(1, wanted));
  const outer = tissue.contours.map((contour) => scaleRing(contour.outer, shrink));
  const holes = tissue.contours.flatMap((contour) => contour.holes.map((hole) => scaleRing(hole, shrink)));
  return withMats((keep) => {
    const canvas = keep(new cv.Mat(height, width, cv.CV_8UC3));
    canvas.data.set(data);
    drawRings(cv, canvas, outer, { colour: TISSUE_COLOUR, thickness });
    drawRings(cv, canvas, holes, { colour: HOLE_COLOUR, thickness });
    return { width, height, data: Uint8Array.from(canvas.data as Uint8Array) };
  });
}

/** Draws rings on a picture, or fills them: `thickness` of `cv.FILLED`. */
export function drawRings(
  cv: Cv,
  canvas: InstanceType<Cv['Mat']>,
  rings: readonly Ring[],
  pen: { readonly colour: readonly number[]; readonly thickness: number },
): void {
  if (rings.length === 0) return;
  withMats((keep) => {
    const contours = keep(new cv.MatVector());
    for (const ring of rings) {
      const points = keep(new cv.Mat(ring.length / 2, 1, cv.CV_32SC2));
      points.data32S.set(ring);
      contours.push_back(points);
    }
    const [first = 0, second = 0, third = 0] = pen.colour;
    cv.drawContours(canvas, contours, -1, new cv.Scalar(first, second, third, 255), pen.thickness, cv.LINE_8);
  });
}
