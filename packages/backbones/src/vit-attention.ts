import type { RandomStream } from '@slidestream/core';
import { type Initialiser, Linear, Module } from '@slidestream/tensors';
import { reshape, type Tensor, tidy, transpose, unstack } from '@tensorflow/tfjs-core';
import { attend } from './attend.js';

/** Sizes of a {@link VitAttention}. */
export interface VitAttentionOptions {
  readonly width: number;
  readonly heads: number;
  readonly qkvBias: boolean;
  readonly random: RandomStream;
  readonly initialiser: Initialiser;
}

/** Multi-head self-attention among a tile's tokens, under timm's names `qkv` and `proj` (Vaswani et al. 2017). */
export class VitAttention extends Module {
  readonly #qkv: Linear;
  readonly #proj: Linear;
  readonly #heads: number;

  constructor({ width, heads, qkvBias, random, initialiser }: VitAttentionOptions) {
    super();
    const layer = (name: string, outputDim: number, bias: boolean): Linear =>
      this.child(name, new Linear({ inputDim: width, outputDim, bias, random: random.fork(name), initialiser }));
    this.#qkv = layer('qkv', 3 * width, qkvBias);
    this.#proj = layer('proj', width, true);
    this.#heads = heads;
  }

  /** float32 [T, N, D] → the same shape. */
  forward(x: Tensor): Tensor {
    return tidy(() => {
      const [tiles, count, width] = x.shape as [number, number, number];
      const parts = transpose(reshape(this.#qkv.forward(x), [tiles, count, 3, this.#heads, width / this.#heads]), [2, 0, 3, 1, 4]);
      const [queries, keys, values] = unstack(parts) as [Tensor, Tensor, Tensor];
      const mixed = transpose(attend({ queries, keys, values }), [0, 2, 1, 3]);
      return this.#proj.forward(reshape(mixed, [tiles, count, width]));
    });
  }
}
