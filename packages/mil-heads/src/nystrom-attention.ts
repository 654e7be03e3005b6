import type { RandomStream } from '@slidestream/core';
import { dropout, type ForwardContext, Linear, Module, type Parameter, xavierNormal } from '@slidestream/tensors';
import {
  add,
  depthwiseConv2d,
  matMul,
  mean,
  mul,
  pad,
  reshape,
  slice,
  softmax,
  type Tensor,
  type Tensor4D,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { chunkedAttention } from './chunked-attention.js';
import { pseudoInverse } from './pseudo-inverse.js';

/** Parts of a {@link NystromAttention}. */
export interface NystromOptions {
  readonly width: number;
  readonly heads: number;
  readonly landmarks: number;
  /** Drop rate of the output in training. */
  readonly dropout: number;
  /** Name of this layer in the model, which its dropout draws by. */
  readonly path: string;
  /** See {@link pseudoInverse}. */
  readonly start: 'bag' | 'batch';
  readonly random: RandomStream;
}

const TAPS = 33;

/** Tokens and how much the first one looked at the others. */
export interface NystromOutput {
  /** float32 [B, n, E]. */
  readonly tokens: Tensor;
  /** The first token's row of the approximated attention, float32 [B, H, n − 1]; not normalised, may be negative. */
  readonly attention: Tensor;
}

/**
 * Self-attention through landmarks: time and memory linear in n.
 *
 * @see Xiong et al. 2021, Nyströmformer: A Nyström-Based Algorithm for Approximating Self-Attention, arXiv 2102.03902
 */
export class NystromAttention extends Module {
  readonly #options: NystromOptions;
  readonly #queriesKeysValues: Linear;
  readonly #out: Linear;
  readonly #taps: Parameter;

  constructor(options: NystromOptions) {
    super();
    const { width, heads, random } = options;
    this.#options = options;
    const projection = { inputDim: width, outputDim: 3 * width, bias: false, random: random.fork('to_qkv') };
    this.#queriesKeysValues = this.child('to_qkv', new Linear(projection));
    this.#out = this.child('to_out.0', new Linear({ inputDim: width, outputDim: width, random: random.fork('to_out') }));
    const taps = xavierNormal([TAPS, 1, heads, 1], random.fork('res_conv'), { fanIn: TAPS, fanOut: heads * TAPS });
    this.#taps = this.parameter('res_conv.weight', taps, { layout: 'depthwise' });
  }

  forward(x: Tensor, context: ForwardContext): NystromOutput {
    return tidy(() => {
      const { width, heads, landmarks, start, path } = this.#options;
      const [bags, count] = x.shape as [number, number, number];
      const front = (landmarks - (count % landmarks)) % landmarks;
      const length = front + count;
      const d = width / heads;
      const padded = pad(x, [
        [0, 0],
        [front, 0],
        [0, 0],
      ]);
      const all = transpose(reshape(this.#queriesKeysValues.forward(padded), [bags, length, 3, heads, d]), [2, 0, 3, 1, 4]);
      const part = (at: number): Tensor => reshape(slice(all, [at, 0, 0, 0, 0], [1, bags, heads, length, d]), [bags, heads, length, d]);
      const [q, k, v] = [mul(part(0), 1 / Math.sqrt(d)), part(1), part(2)];
      const landmark = (tokens: Tensor): Tensor => mean(reshape(tokens, [bags, heads, landmarks, length / landmarks, d]), 3);
      const [qLandmarks, kLandmarks] = [landmark(q), landmark(k)];
      const inverse = pseudoInverse(softmax(matMul(qLandmarks, kLandmarks, false, true)), start);
      const groups = (tokens: Tensor): Tensor => reshape(tokens, [bags * heads, -1, d]);
      const seen = chunkedAttention({ queries: groups(qLandmarks), keys: groups(k), values: groups(v), scale: 1 });
      const spread = matMul(reshape(inverse, [bags * heads, landmarks, landmarks]), seen);
      const attended = chunkedAttention({ queries: groups(q), keys: groups(kLandmarks), values: spread, scale: 1 });
      const mixed = add(reshape(attended, [bags, heads, length, d]), this.#convolve(v));
      const merged = reshape(transpose(mixed, [0, 2, 1, 3]), [bags, length, width]);
      const out = dropout(this.#out.forward(merged), this.#options.dropout, context, `${path}.to_out`);
      const first = softmax(matMul(slice(q, [0, 0, front, 0], [bags, heads, 1, d]), kLandmarks, false, true));
      const row = matMul(matMul(first, inverse), softmax(matMul(qLandmarks, k, false, true)));
      const attention = reshape(slice(row, [0, 0, 0, front + 1], [bags, heads, 1, count - 1]), [bags, heads, count - 1]);
      return { tokens: slice(out, [0, front, 0], [bags, count, width]), attention } as never;
    }) as unknown as NystromOutput;
  }

  /** Each head's values [B, H, n, d] smoothed along the sequence. */
  #convolve(values: Tensor): Tensor {
    const taps = this.#taps.variable as Tensor as Tensor4D;
    const smoothed = depthwiseConv2d(transpose(values, [0, 2, 3, 1]) as Tensor4D, taps, 1, 'same');
    return transpose(smoothed, [0, 3, 1, 2]);
  }
}
