import { type Cv, withMats } from './opencv.js';
import type { Ring } from './polygon.js';
import type { TilingParameters } from './types.js';

/** One outline as OpenCV finds it; holes carry the index of the outline around them. */
export interface TracedContour {
  readonly ring: Ring;
  /** −1 for an outer outline. */
  readonly parent: number;
}

/** Outlines of what is above the threshold in a map of one byte per pixel, in OpenCV's order with a hierarchy of two levels, every outline pixel kept. */
export function traceContours(
  cv: Cv,
  map: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  parameters: Pick<TilingParameters, 'mthresh' | 'sthresh' | 'use_otsu' | 'close'>,
): TracedContour[] {
  const { width, height, data } = map;
  return withMats((keep) => {
    const binary = keep(new cv.Mat());
    const source = keep(new cv.Mat(height, width, cv.CV_8UC1));
    source.data.set(data);
    cv.medianBlur(source, binary, parameters.mthresh);
    const mode = parameters.use_otsu ? cv.THRESH_OTSU + cv.THRESH_BINARY : cv.THRESH_BINARY;
    cv.threshold(binary, binary, parameters.use_otsu ? 0 : parameters.sthresh, 255, mode);
    if (parameters.close > 0) {
      const square = keep(cv.Mat.ones(parameters.close, parameters.close, cv.CV_8U));
      cv.morphologyEx(binary, binary, cv.MORPH_CLOSE, square);
    }
    const found = keep(new cv.MatVector());
    const hierarchy = keep(new cv.Mat());
    cv.findContours(binary, found, hierarchy, cv.RETR_CCOMP, cv.CHAIN_APPROX_NONE);
    const contours: TracedContour[] = [];
    for (let i = 0; i < (found.size() as unknown as number); i++) {
      const points = found.get(i);
      try {
        contours.push({ ring: Int32Array.from(points.data32S), parent: hierarchy.data32S[4 * i + 3] as number });
      } finally {
        points.delete();
      }
    }
    return contours;
  });
}
