import { abs, div, eye, matMul, max, mul, sub, sum, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';

const ITERATIONS = 6;

/**
 * Approximate Moore–Penrose inverses by six third-order iterations.
 *
 * @param x - float32 [B, H, m, m]
 * @param start - what the start is scaled by: the largest sums of each bag, or of the whole batch (the reference's way, which
 *   makes a bag's result depend on its neighbours)
 * @returns float32 [B, H, m, m]
 * @see Xiong et al. 2021, Nyströmformer, eq. 11
 */
export function pseudoInverse(x: Tensor, start: 'bag' | 'batch' = 'bag'): Tensor {
  return tidy(() => {
    const axes = start === 'batch' ? [0, 1, 2, 3] : [1, 2, 3];
    const largest = (axis: number): Tensor => max(sum(abs(x), axis, true), axes, true);
    const identity = eye(x.shape[3] as number);
    let z: Tensor = div(transpose(x, [0, 1, 3, 2]), mul(largest(3), largest(2)));
    for (let i = 0; i < ITERATIONS; i++) {
      const xz = matMul(x, z);
      const inner = sub(mul(identity, 7), xz);
      const middle = sub(mul(identity, 15), matMul(xz, inner));
      z = mul(matMul(z, sub(mul(identity, 13), matMul(xz, middle))), 0.25);
    }
    return z;
  });
}
