import type { RandomStream } from '@slidestream/core';
import { type Initialiser, LayerNorm, Linear, Module } from '@slidestream/tensors';
import { reshape, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { padToMultiple } from './windows.js';

/**
 * Four neighbouring tokens to one of twice the width; odd sides are filled up with zeros. Names as in timm: `norm`, `reduction`.
 *
 * @see Liu et al. 2021, Swin Transformer, section 3.1
 */
export class PatchMerging extends Module {
  readonly #norm: LayerNorm;
  readonly #reduction: Linear;

  constructor(width: number, epsilon: number, random: RandomStream, initialiser: Initialiser) {
    super();
    this.#norm = this.child('norm', new LayerNorm(4 * width, { epsilon }));
    const linear = { inputDim: 4 * width, outputDim: 2 * width, bias: false, random: random.fork('reduction'), initialiser };
    this.#reduction = this.child('reduction', new Linear(linear));
  }

  /** float32 [T, H, W, C] → [T, ⌈H/2⌉, ⌈W/2⌉, 2C]. */
  forward(x: Tensor): Tensor {
    return tidy(() => {
      const even = padToMultiple(x, 2);
      const [tiles, height, width, channels] = even.shape as [number, number, number, number];
      const quads = transpose(reshape(even, [tiles, height / 2, 2, width / 2, 2, channels]), [0, 1, 3, 4, 2, 5]);
      return this.#reduction.forward(this.#norm.forward(reshape(quads, [tiles, height / 2, width / 2, 4 * channels])));
    });
  }
}
