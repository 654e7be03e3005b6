import { samplingError } from './sampling-error.js';

/** What a CLAM coordinate file says of its grid. */
export interface ClamGrid {
  /** Size of the patch level, pixels. */
  readonly levelDim: readonly [number, number];
  /** Downsample of the patch level, per axis. */
  readonly downsample: readonly [number, number];
  /** Patch side at the patch level, pixels. */
  readonly patchSize: number;
}

/** Tiles on their grid. */
export interface GridPositions {
  readonly gridWidth: number;
  readonly gridHeight: number;
  /** Grid column and row of each tile. */
  readonly columns: Int32Array;
  readonly rows: Int32Array;
}

/**
 * Grid columns and rows of CLAM coordinates (SPEC §6.1): x ÷ ⌊patch · downsample⌋. A tile on the bound widens the grid by one.
 *
 * @param coords - level-0 pixels, row-major [n, 2], x then y
 * @throws SlidestreamError `sampling/bad-grid`
 */
export function gridPositions(coords: ArrayLike<number>, { levelDim, downsample, patchSize }: ClamGrid): GridPositions {
  const stepX = Math.trunc(patchSize * downsample[0]);
  const stepY = Math.trunc(patchSize * downsample[1]);
  if (!(stepX >= 1 && stepY >= 1))
    throw samplingError('bad-grid', `patch size ${patchSize} at downsample ${downsample.join(', ')} is less than a pixel`);
  let gridWidth = Math.floor(Math.trunc(levelDim[0] * downsample[0]) / stepX);
  let gridHeight = Math.floor(Math.trunc(levelDim[1] * downsample[1]) / stepY);
  const count = coords.length / 2;
  const columns = new Int32Array(count);
  const rows = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    columns[i] = Math.floor((coords[2 * i] as number) / stepX);
    rows[i] = Math.floor((coords[2 * i + 1] as number) / stepY);
    if (columns[i] === gridWidth) gridWidth++;
    if (rows[i] === gridHeight) gridHeight++;
  }
  return { gridWidth, gridHeight, columns, rows };
}
