import { type Ring, ringArea } from './polygon.js';
import type { TracedContour } from './trace-contours.js';
import type { TissueContour } from './types.js';

/** Areas in square pixels of the segmentation level. */
export interface ContourFilter {
  readonly minArea: number;
  readonly minHoleArea: number;
  readonly maxHoles: number;
}

/**
 * Outer outlines whose area without all their holes exceeds `minArea`, each with its `maxHoles` largest holes, of these the ones
 * above `minHoleArea` (SPEC §7.1). The order of the outlines stays.
 */
export function filterContours(traced: readonly TracedContour[], filter: ContourFilter): TissueContour[] {
  const holesOf = new Map<number, Ring[]>();
  for (const { ring, parent } of traced) {
    if (parent < 0) continue;
    const holes = holesOf.get(parent);
    if (holes === undefined) holesOf.set(parent, [ring]);
    else holes.push(ring);
  }
  const kept: TissueContour[] = [];
  for (const [i, { ring, parent }] of traced.entries()) {
    if (parent >= 0) continue;
    const holes = (holesOf.get(i) ?? []).map((hole) => ({ hole, area: ringArea(hole) }));
    const area = ringArea(ring) - holes.reduce((sum, hole) => sum + hole.area, 0);
    if (area === 0 || !(area > filter.minArea)) continue;
    const largest = holes.sort((a, b) => b.area - a.area).slice(0, filter.maxHoles);
    kept.push({ outer: ring, holes: largest.filter((hole) => hole.area > filter.minHoleArea).map(({ hole }) => hole) });
  }
  return kept;
}
