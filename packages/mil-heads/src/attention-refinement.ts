import type { RandomStream } from '@slidestream/core';
import { LayerNorm, Linear, Module } from '@slidestream/tensors';
import { add, reshape, slice, type Tensor, type Tensor2D, tidy, transpose } from '@tensorflow/tfjs-core';
import { chunkedAttention } from './chunked-attention.js';
import { keyPenalty } from './padding-penalty.js';

/** Sizes of an {@link AttentionRefinement}. */
export interface RefinementOptions {
  /** H. */
  readonly heads: number;
  /** d, width of one head. */
  readonly headDim: number;
  /** Queries and keys of all heads from the whole width H·d instead of one shared projection of d. */
  readonly joint: boolean;
  /** Factor on query–key products. */
  readonly scale: number;
  readonly random: RandomStream;
}

/**
 * Lets instances that look alike share attention: s_i ← s_i + Σ_j softmax_j(q_i·k_j · scale) · v·s_j.
 *
 * @see arXiv 2506.02408, global attention plus
 */
export class AttentionRefinement extends Module {
  readonly #options: RefinementOptions;
  readonly #queriesKeys: Linear;
  readonly #value: Linear;
  readonly #norm: LayerNorm;

  constructor(options: RefinementOptions) {
    super();
    const { heads, headDim, joint, random } = options;
    const width = joint ? heads * headDim : headDim;
    this.#options = options;
    this.#queriesKeys = this.child('qk', new Linear({ inputDim: width, outputDim: 2 * width, bias: false, random: random.fork('qk') }));
    this.#value = this.child('v', new Linear({ inputDim: 1, outputDim: 1, bias: false, random: random.fork('v') }));
    this.#norm = this.child('norm_x', new LayerNorm(width));
  }

  /**
   * @param x - float32 [B, N, H, d], or joint [B, N, H·d]
   * @param scores - float32 [B, H, N]
   * @param mask - float32 [B, N]
   * @returns float32 [B, H, N]
   */
  forward(x: Tensor, scores: Tensor, mask?: Tensor2D): Tensor {
    return tidy(() => {
      const { heads, headDim, joint, scale } = this.#options;
      const [bags, , count] = scores.shape as [number, number, number];
      const both = this.#queriesKeys.forward(this.#norm.forward(x));
      const split = reshape(both, joint ? [bags, count, 2, heads, headDim] : [bags, count, heads, 2, headDim]);
      const parts = transpose(split, joint ? [2, 0, 3, 1, 4] : [3, 0, 2, 1, 4]);
      const part = (at: number): Tensor => reshape(slice(parts, [at, 0, 0, 0, 0], [1, bags, heads, count, headDim]), [-1, count, headDim]);
      const groups = reshape(scores, [-1, count, 1]);
      const penalty = mask === undefined ? undefined : keyPenalty(mask, heads);
      const refined = chunkedAttention({ queries: part(0), keys: part(1), values: groups, scale, penalty });
      const weighted = this.#value.forward(refined);
      return reshape(add(groups, weighted), [bags, heads, count]);
    });
  }
}
