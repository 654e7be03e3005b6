import { concat, pad, reshape, split, type Tensor, transpose } from '@tensorflow/tfjs-core';

/** Products of tokens that only touch because the picture was rolled lose so much before the softmax. */
const APART = -100;

/** float32 [T, H, W, C] → [T, windows, side², C]; H and W are whole windows. */
export function cutWindows(x: Tensor, side: number): Tensor {
  const [tiles, height, width, channels] = x.shape as [number, number, number, number];
  const [rows, columns] = [height / side, width / side];
  const cut = transpose(reshape(x, [tiles, rows, side, columns, side, channels]), [0, 1, 3, 2, 4, 5]);
  return reshape(cut, [tiles, rows * columns, side * side, channels]);
}

/** The way back of {@link cutWindows}. */
export function joinWindows(windows: Tensor, side: number, height: number, width: number): Tensor {
  const [tiles, , , channels] = windows.shape as [number, number, number, number];
  const cut = reshape(windows, [tiles, height / side, width / side, side, side, channels]);
  return reshape(transpose(cut, [0, 1, 3, 2, 4, 5]), [tiles, height, width, channels]);
}

/** y[t, i, j] = x[t, i + by, j + by], around the edges; float32 [T, H, W, C]. */
export function roll(x: Tensor, by: number): Tensor {
  if (by === 0) return x;
  return [1, 2].reduce((rolled, axis) => {
    const length = rolled.shape[axis] as number;
    const at = ((by % length) + length) % length;
    const [first, second] = split(rolled, [at, length - at], axis) as [Tensor, Tensor];
    return concat([second, first], axis);
  }, x);
}

/** For each pair of places in a window, the row of the table of relative positions, [side⁴] in row-major order. */
export function relativePositionIndex(side: number): Int32Array {
  const area = side * side;
  const index = new Int32Array(area * area);
  for (let a = 0; a < area; a++) {
    for (let b = 0; b < area; b++) {
      const down = Math.floor(a / side) - Math.floor(b / side) + side - 1;
      const along = (a % side) - (b % side) + side - 1;
      index[a * area + b] = down * (2 * side - 1) + along;
    }
  }
  return index;
}

/** `x` with zeros below and to the right, so that its sides are whole multiples of `side`; float32 [T, H, W, C]. */
export function padToMultiple(x: Tensor, side: number): Tensor {
  const [, height, width] = x.shape as [number, number, number, number];
  const [below, right] = [-height % side, -width % side].map((rest) => (rest + side) % side) as [number, number];
  if (below === 0 && right === 0) return x;
  return pad(x, [
    [0, 0],
    [0, below],
    [0, right],
    [0, 0],
  ]);
}

/** Which pairs of a rolled picture's windows were apart before: 0 or −100, [windows, side², side²] in row-major order. */
export function rolledMask(length: number, side: number, shift: number): Float32Array {
  const [along, area] = [length / side, side * side];
  const region = (at: number): number => (at < length - side ? 0 : at < length - shift ? 1 : 2);
  const mask = new Float32Array(along * along * area * area);
  for (let window = 0; window < along * along; window++) {
    const [top, left] = [Math.floor(window / along) * side, (window % along) * side];
    const regions = Array.from({ length: area }, (_, i) => {
      return 3 * region(top + Math.floor(i / side)) + region(left + (i % side));
    });
    for (let a = 0; a < area; a++) {
      for (let b = 0; b < area; b++) mask[(window * area + a) * area + b] = regions[a] === regions[b] ? 0 : APART;
    }
  }
  return mask;
}
