import { pointTest } from './point-test.js';

/** An area drawn on a slide: one polygon, level-0 pixels. */
export interface TileRegion {
  /** Class of the annotation that it comes from, or its name where it has no class. */
  readonly className: string;
  /** Outline, flat [x0, y0, x1, y1, …]. */
  readonly outer: Int32Array;
  readonly holes: readonly Int32Array[];
}

/** Whether a point lies in one of the regions: inside an outline and in none of its holes. */
export function regionTest(regions: readonly TileRegion[]): (x: number, y: number) => boolean {
  const tests = regions.map(({ outer, holes }) => ({ outer: pointTest(outer), holes: holes.map(pointTest) }));
  return (x, y) => tests.some(({ outer, holes }) => outer(x, y) >= 0 && !holes.some((hole) => hole(x, y) > 0));
}

/** Regions of the named classes; `Tumor` takes QuPath's derived `Tumor: Positive`, too. Case does not matter. */
export function regionsOfClasses(regions: readonly TileRegion[], classes: readonly string[]): TileRegion[] {
  const wanted = new Set(classes.map((name) => name.trim().toLowerCase()));
  return regions.filter(({ className }) => {
    const name = className.toLowerCase();
    return wanted.has(name) || wanted.has((name.split(':')[0] as string).trim());
  });
}
