import type { ClamCoords } from './clam-coords.js';

/** Tiles as cells of a grid: what position embeddings of heads take. */
export interface GridPositions {
  /** Cells along x and y. */
  readonly width: number;
  readonly height: number;
  /** Column and row per tile, flat [c0, r0, c1, r1, …]. */
  readonly cells: Int32Array;
}

/**
 * Grid positions of CLAM's tiles (SPEC §6.1): the grid is the slide divided by the tile edge, and grows by one where a tile lies on its border.
 *
 * @example
 * ```ts
 * const { width, height, cells } = gridPositions(await readClamCoords('patches/case-1.h5'));
 * ```
 */
export function gridPositions(clam: Pick<ClamCoords, 'coords' | 'levelSize' | 'downsample' | 'patchSize'>): GridPositions {
  const { coords, levelSize, downsample, patchSize } = clam;
  const stepX = Math.trunc(patchSize * downsample[0]);
  const stepY = Math.trunc(patchSize * downsample[1]);
  let width = Math.floor(Math.trunc(levelSize[0] * downsample[0]) / stepX);
  let height = Math.floor(Math.trunc(levelSize[1] * downsample[1]) / stepY);
  const cells = new Int32Array(coords.length);
  for (let i = 0; i < coords.length; i += 2) {
    const column = Math.floor((coords[i] as number) / stepX);
    const row = Math.floor((coords[i + 1] as number) / stepY);
    cells[i] = column;
    cells[i + 1] = row;
    if (column >= width) width += 1;
    if (row >= height) height += 1;
  }
  return { width, height, cells };
}
