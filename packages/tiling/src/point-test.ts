import type { Ring } from './polygon.js';

/** Where a point lies: 1 inside, 0 on the outline, −1 outside, as OpenCV's `pointPolygonTest` without distance. */
export type PointTest = (x: number, y: number) => -1 | 0 | 1;

/** Rows of level-0 pixels per bucket of edges at least. */
const MIN_BAND = 16;

/**
 * A point-in-polygon test for many points of one ring: edges are sorted into bands of y, so that a test looks at the
 * edges near its row only. Coordinates are exact: all products stay below 2^53.
 */
export function pointTest(ring: Ring): PointTest {
  const count = ring.length / 2;
  let top = Number.POSITIVE_INFINITY;
  let bottom = Number.NEGATIVE_INFINITY;
  for (let i = 1; i < ring.length; i += 2) {
    top = Math.min(top, ring[i] as number);
    bottom = Math.max(bottom, ring[i] as number);
  }
  const band = Math.max(MIN_BAND, Math.ceil((bottom - top + 1) / Math.max(1, count)));
  const buckets: number[][] = [];
  const bucketOf = (y: number): number => Math.floor((y - top) / band);
  for (let i = 0; i < count; i++) {
    const next = (i + 1) % count;
    const y0 = ring[2 * i + 1] as number;
    const y1 = ring[2 * next + 1] as number;
    for (let b = bucketOf(Math.min(y0, y1)); b <= bucketOf(Math.max(y0, y1)); b++) {
      const bucket = buckets[b];
      if (bucket === undefined) buckets[b] = [i];
      else bucket.push(i);
    }
  }
  return (x, y) => {
    if (!(y >= top && y <= bottom)) return -1;
    let inside = false;
    for (const i of buckets[bucketOf(y)] ?? []) {
      const next = i + 1 === count ? 0 : i + 1;
      const x0 = ring[2 * i] as number;
      const y0 = ring[2 * i + 1] as number;
      const x1 = ring[2 * next] as number;
      const y1 = ring[2 * next + 1] as number;
      const side = (y - y0) * (x1 - x0) - (x - x0) * (y1 - y0);
      if (side === 0 && x >= Math.min(x0, x1) && x <= Math.max(x0, x1) && y >= Math.min(y0, y1) && y <= Math.max(y0, y1)) return 0;
      // An edge counts when it crosses the row upwards or downwards to the right of the point; its lower end is left out.
      if (y0 > y !== y1 > y && side > 0 === y1 > y0) inside = !inside;
    }
    return inside ? 1 : -1;
  };
}
