import type { RandomStream } from '@slidestream/core';
import { type ForwardContext, Module, type Parameter, uniform } from '@slidestream/tensors';
import { add, div, matMul, max, min, mul, reshape, softmax, sub, type Tensor, type Tensor2D, tidy, transpose } from '@tensorflow/tfjs-core';
import { RegionAttention } from './region-attention.js';
import { splitIntoRegions } from './regions.js';

/** Parts of a {@link CrossRegionAttention}. */
export interface CrossRegionOptions {
  readonly width: number;
  readonly heads: number;
  readonly bias: boolean;
  /** Regions per side. */
  readonly regions: number;
  /** k, representatives of a region. */
  readonly slots: number;
  readonly dropout: number;
  readonly random: RandomStream;
}

/**
 * Attention between regions through k representatives of each: float32 [B, N, E].
 *
 * @see Tang et al. 2024, Feature Re-Embedding, sec. 3.3
 */
export class CrossRegionAttention extends Module {
  readonly #options: CrossRegionOptions;
  readonly #phi: Parameter;
  readonly #attention: RegionAttention;

  constructor(options: CrossRegionOptions) {
    super();
    const { width, slots, random } = options;
    this.#options = options;
    const fans = { fanIn: slots, fanOut: width };
    this.#phi = this.parameter('phi', uniform(1 / Math.sqrt(slots))([width, slots], random.fork('phi'), fans));
    const attention = { ...options, taps: null, path: 'cr_msa.attn', random: random.fork('attn') };
    this.#attention = this.child('attn', new RegionAttention(attention));
  }

  forward(x: Tensor, context: ForwardContext): Tensor {
    return tidy(() => {
      const { slots, width, regions } = this.#options;
      const bags = x.shape[0] as number;
      const { tokens, merge } = splitIntoRegions(x, regions);
      const [groups, count] = tokens.shape as [number, number, number];
      const rows = matMul(reshape(tokens, [-1, width]) as Tensor2D, this.#phi.variable as Tensor as Tensor2D);
      const logits = transpose(reshape(rows, [groups, count, slots]), [0, 2, 1]);
      const combine = softmax(logits);
      const dispatch = transpose(softmax(transpose(logits, [0, 2, 1])), [0, 2, 1]);
      const lowest = min(logits, 2, true);
      const relative = div(sub(logits, lowest), add(sub(max(logits, 2, true), lowest), 1e-8));
      const representatives = reshape(matMul(combine, tokens), [bags, regions * regions, slots, width]);
      const bySlot = reshape(transpose(representatives, [0, 2, 1, 3]), [bags * slots, regions * regions, width]);
      const attended = reshape(this.#attention.forward(bySlot, context), [bags, slots, regions * regions, width]);
      const back = reshape(transpose(attended, [0, 2, 1, 3]), [groups, slots, width]);
      return merge(matMul(mul(relative, dispatch), back, true, false));
    });
  }
}
