import type { RandomStream } from '@slidestream/core';
import { LayerNorm, Linear, Module, type Parameter, uniform } from '@slidestream/tensors';
import {
  add,
  matMul,
  mean,
  mul,
  relu,
  reshape,
  sigmoid,
  slice,
  softmax,
  type Tensor,
  type Tensor2D,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';
import { chunkedAttention } from './chunked-attention.js';
import { keyPenalty } from './padding-penalty.js';

/** Widths of a {@link ProjectedAttention}. */
export interface ProjectedAttentionOptions {
  readonly queryDim: number;
  readonly keyDim: number;
  readonly width: number;
  readonly heads: number;
  readonly layerNorm: boolean;
  /** Multiply the output by SiLU of a projection of the queries. */
  readonly gated: boolean;
  readonly random: RandomStream;
}

/**
 * Multi-head attention of projected queries on projected keys, with residual, one hidden layer and an optional gate:
 * O = LN(q + MHA(q, k, v)), O = LN(O + relu(W O)), O ∘ SiLU(G Q).
 */
export class ProjectedAttention extends Module {
  readonly #options: ProjectedAttentionOptions;
  readonly #query: Linear;
  readonly #key: Linear;
  readonly #value: Linear;
  readonly #weight: Parameter;
  readonly #bias: Parameter;
  readonly #out: Linear;
  readonly #hidden: Linear;
  readonly #norms: readonly [LayerNorm, LayerNorm] | null;
  readonly #gate: Linear | null;

  constructor(options: ProjectedAttentionOptions) {
    super();
    const { queryDim, keyDim, width, layerNorm, gated, random } = options;
    this.#options = options;
    const linear = (name: string, inputDim: number): Linear =>
      this.child(name, new Linear({ inputDim, outputDim: width, random: random.fork(name) }));
    // Three projections in one, as PyTorch keeps them: Xavier-uniform over the whole of [3E, E].
    const bound = Math.sqrt(6 / (4 * width));
    const drawn = uniform(bound)([3 * width, width], random.fork('in_proj'), { fanIn: width, fanOut: 3 * width });
    this.#weight = this.parameter('multihead_attn.in_proj_weight', drawn);
    this.#bias = this.parameter('multihead_attn.in_proj_bias', zeros([3 * width]));
    this.#out = linear('multihead_attn.out_proj', width);
    this.#query = linear('fc_q', queryDim);
    this.#key = linear('fc_k', keyDim);
    this.#value = linear('fc_v', keyDim);
    this.#norms = layerNorm ? [this.child('ln0', new LayerNorm(width)), this.child('ln1', new LayerNorm(width))] : null;
    this.#hidden = linear('fc_o', width);
    this.#gate = gated ? linear('gate.0', queryDim) : null;
  }

  /**
   * @param queries - float32 [B, n, queryDim]
   * @param keys - float32 [B, m, keyDim]
   * @param mask - of the keys, float32 [B, m]
   * @returns float32 [B, n, E]
   */
  forward(queries: Tensor, keys: Tensor, mask?: Tensor2D): Tensor {
    return tidy(() => {
      const { heads, width } = this.#options;
      const [bags, count] = queries.shape as [number, number, number];
      const query = this.#query.forward(queries);
      const attended = chunkedAttention({
        queries: this.#project(query, 0),
        keys: this.#project(this.#key.forward(keys), 1),
        values: this.#project(this.#value.forward(keys), 2),
        scale: 1 / Math.sqrt(width / heads),
        penalty: mask === undefined ? undefined : keyPenalty(mask, heads),
      });
      const merged = reshape(transpose(reshape(attended, [bags, heads, count, width / heads]), [0, 2, 1, 3]), [bags, count, width]);
      const first = this.#norm(0, add(query, this.#out.forward(merged)));
      const second = this.#norm(1, add(first, relu(this.#hidden.forward(first))));
      if (this.#gate === null) return second;
      const gate = this.#gate.forward(queries);
      return mul(second, mul(gate, sigmoid(gate)));
    });
  }

  /** Attention of few queries, mean over them: float32 [B, H, m]. */
  weights(queries: Tensor, keys: Tensor, mask?: Tensor2D): Tensor {
    return tidy(() => {
      const { heads, width } = this.#options;
      const [q, k] = [this.#project(this.#query.forward(queries), 0), this.#project(this.#key.forward(keys), 1)];
      const products = mul(matMul(q, k, false, true), 1 / Math.sqrt(width / heads));
      const weights = softmax(mask === undefined ? products : add(products, keyPenalty(mask, heads)));
      return reshape(mean(weights, 1), [queries.shape[0] as number, heads, -1]);
    });
  }

  /** One third of the joint projection, by head: [B, n, E] → [B·H, n, d]. */
  #project(x: Tensor, part: 0 | 1 | 2): Tensor {
    const { width, heads } = this.#options;
    const [bags, count] = x.shape as [number, number, number];
    const weight = slice(this.#weight.variable as Tensor as Tensor2D, [part * width, 0], [width, width]);
    const bias = slice(this.#bias.variable as Tensor, [part * width], [width]);
    const projected = add(matMul(reshape(x, [-1, width]) as Tensor2D, weight, false, true), bias);
    return reshape(transpose(reshape(projected, [bags, count, heads, width / heads]), [0, 2, 1, 3]), [bags * heads, count, width / heads]);
  }

  #norm(at: 0 | 1, x: Tensor): Tensor {
    return this.#norms === null ? x : this.#norms[at].forward(x);
  }
}

/** Sizes of a {@link GatedAttentionBlock}. */
export interface GatedAttentionBlockOptions {
  readonly inputDim: number;
  readonly width: number;
  readonly heads: number;
  /** Latent vectors. */
  readonly rank: number;
  readonly layerNorm: boolean;
  readonly random: RandomStream;
}

/** Instances look at each other through a few learnt latent vectors: time and memory linear in N. Eq. 16 of the paper. */
export class GatedAttentionBlock extends Module {
  readonly #latent: Parameter;
  readonly #forward: ProjectedAttention;
  readonly #backward: ProjectedAttention;

  constructor({ inputDim, width, heads, rank, layerNorm, random }: GatedAttentionBlockOptions) {
    super();
    this.#latent = this.parameter('latent', latentVectors(rank, width, random.fork('latent')));
    const shared = { width, heads, layerNorm, gated: true };
    const forward = { ...shared, queryDim: width, keyDim: inputDim, random: random.fork('project_forward') };
    this.#forward = this.child('project_forward', new ProjectedAttention(forward));
    const backward = { ...shared, queryDim: inputDim, keyDim: width, random: random.fork('project_backward') };
    this.#backward = this.child('project_backward', new ProjectedAttention(backward));
  }

  /** float32 [B, N, inputDim] → [B, N, width]. */
  forward(x: Tensor, mask?: Tensor2D): Tensor {
    const latent = perBag(this.#latent.variable, x.shape[0] as number);
    return this.#backward.forward(x, this.#forward.forward(latent, x, mask));
  }
}

/** Learnt vectors [1, count, width], Xavier-uniform. */
export function latentVectors(count: number, width: number, random: RandomStream): Tensor {
  // PyTorch counts the trailing axis as the receptive field of a three-axis tensor.
  const fans = { fanIn: count * width, fanOut: width };
  return uniform(Math.sqrt(6 / (fans.fanIn + fans.fanOut)))([1, count, width], random, fans);
}

/** [1, n, E] → [B, n, E]. */
export function perBag(vectors: Tensor, bags: number): Tensor {
  return bags === 1 ? reshape(vectors, vectors.shape) : add(vectors, zeros([bags, 1, 1]));
}
