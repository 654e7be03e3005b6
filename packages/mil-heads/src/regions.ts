import { pad, reshape, slice, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';

/** Tokens of a bag laid out as a square of regions. */
export interface Regions {
  /** float32 [B·R², w², E], zero where there is no token. */
  readonly tokens: Tensor;
  /** Back to [B, N, E]; takes tensors of the shape of `tokens`. */
  readonly merge: (tokens: Tensor) => Tensor;
}

/**
 * Lays tokens [B, N, E] row by row on the smallest square whose side is a multiple of `perSide`, filled up with zeros, and
 * cuts it into `perSide` × `perSide` square regions.
 */
export function splitIntoRegions(x: Tensor, perSide: number): Regions {
  const [bags, count, width] = x.shape as [number, number, number];
  const side = Math.ceil(Math.ceil(Math.sqrt(count)) / perSide) * perSide;
  const window = side / perSide;
  const square = [bags, perSide, window, perSide, window, width];
  const tokens = tidy(() => {
    const filled = pad(x, [
      [0, 0],
      [0, side * side - count],
      [0, 0],
    ]);
    return reshape(transpose(reshape(filled, square), [0, 1, 3, 2, 4, 5]), [bags * perSide * perSide, window * window, width]);
  });
  const merge = (regions: Tensor): Tensor =>
    tidy(() => {
      const cut = reshape(regions, [bags, perSide, perSide, window, window, width]);
      const rows = reshape(transpose(cut, [0, 1, 3, 2, 4, 5]), [bags, side * side, width]);
      return slice(rows, [0, 0, 0], [bags, count, width]);
    });
  return { tokens, merge };
}
