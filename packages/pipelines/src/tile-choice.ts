import type { RejectionReason, TileDefect } from '@slidestream/tiling';
import type { TileAnnotations } from './tile-annotations.js';

/** Which tiles of the grid are kept: all of them where nothing is said. */
export interface TileChoice {
  /** Least share of a tile that must be tissue, 0 to 1. */
  readonly minTissue?: number | undefined;
  /** Defects for which tiles are left out; every tile is read for it. */
  readonly reject?: readonly TileDefect[] | undefined;
  readonly annotations?: TileAnnotations | undefined;
}

/** A choice as settings keep it: without the place of its annotations, which may move. */
export interface RecordedChoice extends Omit<TileChoice, 'annotations'> {
  readonly annotations?: Omit<TileAnnotations, 'path'> | undefined;
}

/** Tiles left out, by reason. */
export type RejectedCounts = Partial<Record<RejectionReason, number>>;

/** Whether a choice can leave tiles out. */
export function choosesTiles({ minTissue = 0, reject = [], annotations }: TileChoice): boolean {
  return minTissue > 0 || reject.length > 0 || annotations !== undefined;
}

/** The choice as settings keep it; `undefined` for one that keeps all tiles. */
export function recordedChoice(choice: TileChoice): RecordedChoice | undefined {
  if (!choosesTiles(choice)) return undefined;
  const { minTissue, reject, annotations } = choice;
  if (annotations === undefined) return { minTissue, reject };
  return { minTissue, reject, annotations: { include: annotations.include, exclude: annotations.exclude } };
}
