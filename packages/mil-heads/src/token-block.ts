import type { RandomStream } from '@slidestream/core';
import { dropout, FeedForward, type ForwardContext, LayerNorm, Linear, Module } from '@slidestream/tensors';
import { add, concat, div, matMul, mul, ones, reshape, slice, softmax, sum, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { chunkedAttention, type LogitBias } from './chunked-attention.js';

/** Parts of a {@link TokenBlock}. */
export interface TokenBlockOptions {
  readonly width: number;
  readonly heads: number;
  readonly feedForward: boolean;
  readonly attentionDropout: number;
  /** Name of this block in the model, which its dropout draws by. */
  readonly path: string;
  /** Whether every token asks, or the class token alone asks the tiles. */
  readonly attention: 'self' | 'cross';
  readonly random: RandomStream;
}

/** Tokens after a block and how much the class token looked at each tile. */
export interface BlockOutput {
  readonly tokens: Tensor;
  /** float32 [B, H, N], sums to 1. */
  readonly attention: Tensor;
}

/** A pre-norm transformer block over a class token and tiles: float32 [B, 1 + N, E]. */
export class TokenBlock extends Module {
  readonly #options: TokenBlockOptions;
  readonly #norm: LayerNorm;
  readonly #projections: readonly Linear[];
  readonly #out: Linear;
  readonly #norm2: LayerNorm | null;
  readonly #feedForward: FeedForward | null;

  constructor(options: TokenBlockOptions) {
    super();
    const { width, feedForward, attention, random } = options;
    this.#options = options;
    this.#norm = this.child('norm', new LayerNorm(width));
    const linear = (name: string, outputDim: number, bias: boolean): Linear =>
      this.child(name, new Linear({ inputDim: width, outputDim, bias, random: random.fork(name) }));
    this.#projections =
      attention === 'self' ? [linear('attn.qkv', 3 * width, false)] : [linear('attn.q', width, false), linear('attn.kv', 2 * width, false)];
    this.#out = linear('attn.proj', width, true);
    this.#norm2 = feedForward ? this.child('norm2', new LayerNorm(width)) : null;
    const mlp = { width, hiddenDim: 4 * width, random: random.fork('mlp') };
    this.#feedForward = feedForward ? this.child('mlp', new FeedForward(mlp)) : null;
  }

  /**
   * Cross-attention gives back the class token alone.
   *
   * @param bias - added to the logits of self-attention; it leaves the class token's row alone
   */
  forward(tokens: Tensor, context: ForwardContext, bias?: LogitBias): BlockOutput {
    return tidy(() => {
      const normalised = this.#norm.forward(tokens);
      const [queries, keys, values] = this.#options.attention === 'self' ? this.#selfParts(normalised) : this.#crossParts(normalised);
      const merged = this.#merge(this.#attend([queries, keys, values], context, bias), tokens.shape[0] as number);
      const asked = this.#options.attention === 'self' ? tokens : firstToken(tokens);
      const attended = add(asked, this.#out.forward(merged));
      const after =
        this.#feedForward === null ? attended : add(attended, this.#feedForward.forward((this.#norm2 as LayerNorm).forward(attended)));
      return { tokens: after, attention: this.#classAttention(queries, keys, tokens.shape[0] as number) } as never;
    }) as unknown as BlockOutput;
  }

  #selfParts(x: Tensor): [Tensor, Tensor, Tensor] {
    return this.#split((this.#projections[0] as Linear).forward(x), 3) as [Tensor, Tensor, Tensor];
  }

  #crossParts(x: Tensor): [Tensor, Tensor, Tensor] {
    const [query, keyValue] = this.#projections as [Linear, Linear];
    const [q] = this.#split(query.forward(firstToken(x)), 1) as [Tensor];
    const [k, v] = this.#split(keyValue.forward(otherTokens(x)), 2) as [Tensor, Tensor];
    return [q, k, v];
  }

  /** [B, n, parts·E] → `parts` × [B·H, n, d]. */
  #split(x: Tensor, parts: number): Tensor[] {
    const { width, heads } = this.#options;
    const [bags, count] = x.shape as [number, number, number];
    const all = transpose(reshape(x, [bags, count, parts, heads, width / heads]), [2, 0, 3, 1, 4]);
    const size = [1, bags, heads, count, width / heads];
    return Array.from({ length: parts }, (_, at) => reshape(slice(all, [at, 0, 0, 0, 0], size), [bags * heads, count, width / heads]));
  }

  #merge(x: Tensor, bags: number): Tensor {
    const { width, heads } = this.#options;
    const count = x.shape[1] as number;
    return reshape(transpose(reshape(x, [bags, heads, count, width / heads]), [0, 2, 1, 3]), [bags, count, width]);
  }

  #attend([queries, keys, values]: readonly [Tensor, Tensor, Tensor], context: ForwardContext, bias: LogitBias | undefined): Tensor {
    const scale = this.#scale();
    if (!context.training || this.#options.attentionDropout === 0) return chunkedAttention({ queries, keys, values, scale, bias });
    // Dropped weights cannot be made again in chunks: the whole matrix is kept.
    const products = mul(matMul(queries, keys, false, true), scale);
    const weights = softmax(
      bias === undefined ? products : add(products, bias.rows(bias.constants, bias.parameters, 0, queries.shape[1] as number)),
    );
    return matMul(dropout(weights, this.#options.attentionDropout, context, `${this.#options.path}.attn`), values);
  }

  #classAttention(queries: Tensor, keys: Tensor, bags: number): Tensor {
    const { heads, attention } = this.#options;
    const weights = softmax(mul(matMul(firstToken(queries), keys, false, true), this.#scale()));
    const tiles =
      attention === 'self' ? slice(weights, [0, 0, 1], [weights.shape[0] as number, 1, (weights.shape[2] as number) - 1]) : weights;
    return reshape(div(tiles, sum(tiles, 2, true)), [bags, heads, -1]);
  }

  #scale(): number {
    return 1 / Math.sqrt(this.#options.width / this.#options.heads);
  }
}

/** [B, n, E] → [B, 1, E]. */
export function firstToken(x: Tensor): Tensor {
  return slice(x, [0, 0, 0], [x.shape[0] as number, 1, x.shape[2] as number]);
}

/** [B, n, E] → [B, n − 1, E]. */
export function otherTokens(x: Tensor): Tensor {
  return slice(x, [0, 1, 0], [x.shape[0] as number, (x.shape[1] as number) - 1, x.shape[2] as number]);
}

/** One class token in front of each bag's tokens. */
export function withClassToken(classToken: Tensor, tokens: Tensor): Tensor {
  const [bags, , width] = tokens.shape as [number, number, number];
  const repeated = mul(classToken, ones([bags, 1, 1]));
  return concat([reshape(repeated, [bags, 1, width]), tokens], 1);
}
