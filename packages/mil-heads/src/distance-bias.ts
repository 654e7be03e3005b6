import {
  add,
  concat,
  mul,
  neg,
  ones,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  type Tensor3D,
  zeros,
} from '@tensorflow/tfjs-core';
import type { LogitBias } from './chunked-attention.js';

/** The slopes of attention with linear biases: 2^(−8h/H) for head h = 1 … H. */
export function alibiSlopes(heads: number): Float32Array {
  return Float32Array.from({ length: heads }, (_, h) => 2 ** ((-8 * (h + 1)) / heads));
}

/**
 * Attention logits fall with the distance of tiles on the slide, −slope_h · ‖p_i − p_j‖, for a class token followed by the tiles of
 * [B, N, 2] positions; the class token is at distance 0 from everything.
 *
 * @param slopes - float32 [H]
 * @see Press, Smith and Lewis 2022, Train Short, Test Long: Attention with Linear Biases Enables Input Length Extrapolation, sec. 3
 */
export function distanceBias(positions: Tensor3D, slopes: Tensor): LogitBias {
  const [bags, count] = positions.shape;
  const heads = slopes.shape[0] as number;
  const length = count + 1;
  // The third column is 0 for the class token, so that its distances vanish.
  const tiles = concat([positions, ones([bags, count, 1])], 2);
  return {
    constants: concat([zeros([bags, 1, 3]), tiles], 1),
    parameters: slopes,
    rows: (places, parameters, from, rows) =>
      reshape(mul(neg(reshape(parameters, [1, heads, 1, 1])), distances(places, from, rows)), [bags * heads, rows, length]),
    gradient: (places, logitGradient, from) => {
      const rows = logitGradient.shape[1] as number;
      return neg(sum(mul(reshape(logitGradient, [bags, heads, rows, length]), distances(places, from, rows)), [0, 2, 3]));
    },
  };
}

/** From some tokens to all: (x, y, is tile) [B, n, 3] → float32 [B, 1, rows, n]. */
function distances(places: Tensor, from: number, rows: number): Tensor {
  const [bags, length] = places.shape as [number, number, number];
  const some = (column: number): Tensor => slice(places, [0, from, column], [bags, rows, 1]);
  const all = (column: number): Tensor => reshape(slice(places, [0, 0, column], [bags, length, 1]), [bags, 1, length]);
  const along = (axis: number): Tensor => square(sub(some(axis), all(axis)));
  return reshape(mul(sqrt(add(along(0), along(1))), mul(some(2), all(2))), [bags, 1, rows, length]);
}
