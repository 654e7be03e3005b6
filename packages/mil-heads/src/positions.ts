import { add, concat, cos, expandDims, mul, sin, slice, type Tensor, type Tensor3D, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { badInput } from './head-errors.js';

/**
 * Adds the sine–cosine code of each instance's grid position to its features: with d = E / 4 and ω_i = 10000^(−i/d),
 * [sin xω, cos xω, sin yω, cos yω].
 *
 * @param features - float32 [B, N, E], E a multiple of 4
 * @param positions - (column, row), float32 [B, N, 2]
 * @throws SlidestreamError `heads/bad-input` without positions or with a width that is no multiple of 4
 */
export function addSinCosPositions(head: string, features: Tensor, positions: Tensor3D | undefined): Tensor {
  const width = features.shape[2] as number;
  if (positions === undefined) throw badInput(head, 'sine–cosine positions need the grid positions of the instances');
  if (width % 4 !== 0) throw badInput(head, `sine–cosine positions need an embedding width that is a multiple of 4, got ${width}`);
  return tidy(() => {
    const frequencies = tensor1d(Float32Array.from({ length: width / 4 }, (_, i) => 10_000 ** (-i / (width / 4))));
    const [batch, count] = positions.shape;
    const angles = (axis: number): Tensor =>
      mul(slice(positions, [0, 0, axis], [batch, count, 1]), expandDims(expandDims(frequencies, 0), 0));
    const [x, y] = [angles(0), angles(1)];
    return add(features, concat([sin(x), cos(x), sin(y), cos(y)], 2));
  });
}
