import { matMul, reshape, type Tensor, type Tensor2D, tensor2d, tidy, transpose } from '@tensorflow/tfjs-core';

/** Keys' cubic with a = −1/2, the kernel of antialiased resizing (Keys 1981, eq. 15). */
function cubic(x: number): number {
  const at = Math.abs(x);
  if (at < 1) return (1.5 * at - 2.5) * at * at + 1;
  return at < 2 ? ((-0.5 * at + 2.5) * at - 4) * at + 2 : 0;
}

/** Weights [to, from] of bicubic resizing whose kernel is widened when it shrinks; every row sums to 1. */
export function bicubicWeights(from: number, to: number): Float32Array {
  const weights = new Float32Array(to * from);
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  for (let i = 0; i < to; i++) {
    const centre = scale * (i + 0.5);
    const first = Math.max(Math.trunc(centre - 2 * stretch + 0.5), 0);
    const end = Math.min(Math.trunc(centre + 2 * stretch + 0.5), from);
    const row = Array.from({ length: end - first }, (_, j) => cubic((first + j - centre + 0.5) / stretch));
    const total = row.reduce((sum, weight) => sum + weight, 0);
    for (const [j, weight] of row.entries()) weights[i * from + first + j] = weight / total;
  }
  return weights;
}

/**
 * Position vectors of one grid resized to another: bicubic, antialiased, sides independently, as PyTorch's
 * `interpolate(mode='bicubic', antialias=True)`.
 *
 * @param positions - float32 [gh·gw, D] in row-major order
 * @returns float32 [h·w, D], differentiable
 */
export function resamplePositions(positions: Tensor, from: readonly [number, number], to: readonly [number, number]): Tensor {
  if (from[0] === to[0] && from[1] === to[1]) return positions;
  return tidy(() => {
    const width = positions.shape[1] as number;
    const across = alongFirst(transpose(reshape(positions, [from[0], from[1], width]), [1, 0, 2]), to[1]);
    const both = alongFirst(transpose(across, [1, 0, 2]), to[0]);
    return reshape(both, [to[0] * to[1], width]);
  });
}

/** float32 [a, b, D] → [to, b, D]. */
function alongFirst(x: Tensor, to: number): Tensor {
  const [from, other, width] = x.shape as [number, number, number];
  const weights = tensor2d(bicubicWeights(from, to), [to, from]);
  return reshape(matMul(weights, reshape(x, [from, other * width]) as Tensor2D), [to, other, width]);
}
