import type { RandomStream } from '@slidestream/core';
import { Module, type Parameter, xavierNormal } from '@slidestream/tensors';
import { add, concat, depthwiseConv2d, reshape, slice, type Tensor, type Tensor4D, tidy, zeros } from '@tensorflow/tfjs-core';

/** Kernel sides and the names that the weights carry. */
const KERNELS = [
  ['proj', 7],
  ['proj1', 5],
  ['proj2', 3],
] as const;

/**
 * Pyramid position encoding generator: tokens laid out as a square, plus their 7×7, 5×5 and 3×3 depth-wise convolutions.
 *
 * @see Shao et al. 2021, TransMIL, sec. 3.4
 */
export class Ppeg extends Module {
  readonly #width: number;
  readonly #kernels: readonly { readonly weight: Parameter; readonly bias: Parameter }[];

  constructor(width: number, random: RandomStream) {
    super();
    this.#width = width;
    this.#kernels = KERNELS.map(([name, side]) => {
      // PyTorch counts a depth-wise convolution's outputs over all channels.
      const fans = { fanIn: side * side, fanOut: width * side * side };
      const weight = xavierNormal([side, side, width, 1], random.fork(name), fans);
      return {
        weight: this.parameter(`${name}.weight`, weight, { layout: 'depthwise' }),
        bias: this.parameter(`${name}.bias`, zeros([width])),
      };
    });
  }

  /** float32 [B, side², E] → the same shape, row by row. */
  forward(tokens: Tensor, side: number): Tensor {
    return tidy(() => {
      const square = reshape(tokens, [-1, side, side, this.#width]) as Tensor4D;
      const parts = this.#kernels.map(({ weight, bias }) =>
        add(depthwiseConv2d(square, weight.variable as Tensor as Tensor4D, 1, 'same'), bias.variable),
      );
      return reshape(
        parts.reduce((all, part) => add(all, part), square as Tensor),
        tokens.shape,
      );
    });
  }
}

/** Side of the smallest square that holds `count` tokens. */
export function squareSide(count: number): number {
  return Math.ceil(Math.sqrt(count));
}

/** Tokens [B, n, E] filled up to `count` with their own first ones. */
export function padWithFirst(tokens: Tensor, count: number): Tensor {
  const [bags, have, width] = tokens.shape as [number, number, number];
  return count === have ? tokens : concat([tokens, slice(tokens, [0, 0, 0], [bags, count - have, width])], 1);
}
