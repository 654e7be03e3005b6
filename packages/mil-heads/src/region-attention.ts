import type { RandomStream } from '@slidestream/core';
import { dropout, type ForwardContext, Linear, Module, type Parameter, xavierNormal } from '@slidestream/tensors';
import {
  add,
  concat,
  depthwiseConv2d,
  matMul,
  mul,
  reshape,
  slice,
  softmax,
  type Tensor,
  type Tensor4D,
  tidy,
  transpose,
  zeros,
} from '@tensorflow/tfjs-core';

/** Parts of a {@link RegionAttention}. */
export interface RegionAttentionOptions {
  readonly width: number;
  readonly heads: number;
  readonly bias: boolean;
  /** Taps of the convolution of the logits over queries; `null` = none. */
  readonly taps: number | null;
  /** Drop rate of the output in training. */
  readonly dropout: number;
  /** Name of this layer in the model, which its dropout draws by. */
  readonly path: string;
  readonly random: RandomStream;
}

/** Most attention weights of a chunk of regions. */
const MAX_VALUES = 1 << 21;

/**
 * Multi-head self-attention within groups of tokens, its logits smoothed over queries (EPEG): float32 [G, n, E]. Groups are worked
 * on in chunks, so that inference needs the memory of a few of them.
 *
 * @see Tang et al. 2024, Feature Re-Embedding: Towards Foundation Model-Level Performance in Computational Pathology, sec. 3.2
 */
export class RegionAttention extends Module {
  readonly #options: RegionAttentionOptions;
  readonly #queriesKeysValues: Linear;
  readonly #out: Linear;
  readonly #taps: { readonly weight: Parameter; readonly bias: Parameter } | null;

  constructor(options: RegionAttentionOptions) {
    super();
    const { width, heads, bias, taps, random } = options;
    this.#options = options;
    this.#queriesKeysValues = this.child('qkv', new Linear({ inputDim: width, outputDim: 3 * width, bias, random: random.fork('qkv') }));
    this.#out = this.child('proj', new Linear({ inputDim: width, outputDim: width, random: random.fork('proj') }));
    const kernel = (count: number): Tensor =>
      xavierNormal([count, 1, heads, 1], random.fork('pe'), { fanIn: count, fanOut: heads * count });
    this.#taps =
      taps === null
        ? null
        : {
            weight: this.parameter('pe.weight', kernel(taps), { layout: 'depthwise' }),
            bias: this.parameter('pe.bias', zeros([heads])),
          };
  }

  forward(x: Tensor, context: ForwardContext): Tensor {
    return tidy(() => {
      const [groups, count, width] = x.shape as [number, number, number];
      const atOnce = Math.max(1, Math.floor(MAX_VALUES / (this.#options.heads * count * count)));
      const parts: Tensor[] = [];
      for (let at = 0; at < groups; at += atOnce) {
        parts.push(this.#attend(atOnce >= groups ? x : slice(x, [at, 0, 0], [Math.min(atOnce, groups - at), count, width])));
      }
      const attended = parts.length === 1 ? (parts[0] as Tensor) : concat(parts, 0);
      return dropout(this.#out.forward(attended), this.#options.dropout, context, `${this.#options.path}.proj`);
    });
  }

  #attend(x: Tensor): Tensor {
    return tidy(() => {
      const { width, heads } = this.#options;
      const [groups, count] = x.shape as [number, number, number];
      const d = width / heads;
      const all = transpose(reshape(this.#queriesKeysValues.forward(x), [groups, count, 3, heads, d]), [2, 0, 3, 1, 4]);
      const part = (at: number): Tensor => reshape(slice(all, [at, 0, 0, 0, 0], [1, groups, heads, count, d]), [groups, heads, count, d]);
      const logits = matMul(mul(part(0), 1 / Math.sqrt(d)), part(1), false, true);
      const attended = matMul(softmax(this.#smooth(logits)), part(2));
      return reshape(transpose(attended, [0, 2, 1, 3]), [groups, count, width]);
    });
  }

  /** Logits [G, H, n, n] plus their depth-wise convolution over queries. */
  #smooth(logits: Tensor): Tensor {
    if (this.#taps === null) return logits;
    const last = transpose(logits, [0, 2, 3, 1]) as Tensor4D;
    const convolved = depthwiseConv2d(last, this.#taps.weight.variable as Tensor as Tensor4D, 1, 'same');
    return transpose(add(add(convolved, this.#taps.bias.variable), last), [0, 3, 1, 2]);
  }
}
