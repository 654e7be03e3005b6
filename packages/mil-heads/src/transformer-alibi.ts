import type { RandomStream } from '@slidestream/core';
import { type ForwardContext, LayerNorm, Linear, Module, normal, type Parameter } from '@slidestream/tensors';
import { squeeze, type Tensor, type Tensor2D, type Tensor3D, tensor1d } from '@tensorflow/tfjs-core';
import { type BagPass, bagByBag } from './bag-by-bag.js';
import { batchOfBags } from './batch-of-bags.js';
import { defineHead, tidyOutput } from './define-head.js';
import { alibiSlopes, distanceBias } from './distance-bias.js';
import { InstanceEmbedding } from './embedding.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { badInput, badOption } from './head-errors.js';
import { optionsSchema } from './options-schema.js';
import { options as describe } from './shared-options.js';
import { firstToken, TokenBlock, withClassToken } from './token-block.js';

/** Options of {@link transformerAlibi}. */
export interface TransformerAlibiOptions {
  readonly activation: 'relu' | 'gelu' | 'none';
  readonly dropout: number;
  readonly attentionDropout: number;
  readonly innerDim: number;
  readonly heads: number;
  readonly layers: number;
  readonly slopes: 'fixed' | 'learned';
}

class TransformerAlibi extends Module implements MilHead {
  readonly spec: HeadSpec = transformerAlibi;
  readonly #sizes: HeadSizes;
  readonly #fixedSlopes: Float32Array;
  readonly #embedding: InstanceEmbedding;
  readonly #classToken: Parameter;
  readonly #layers: readonly { readonly block: TokenBlock; readonly slopes: Parameter | null }[];
  readonly #norm: LayerNorm;
  readonly #classifier: Linear;

  constructor(sizes: HeadSizes, options: TransformerAlibiOptions, random: RandomStream) {
    super();
    const { innerDim: width, heads, layers, attentionDropout, slopes } = options;
    if (width % heads !== 0) throw badOption('transformer-alibi', 'heads', `must divide the embedding width ${width}, got ${heads}`);
    this.#sizes = sizes;
    this.#fixedSlopes = alibiSlopes(heads);
    const embedding = { ...options, inputDim: sizes.inputDim, width, layerNorm: false, bias: true, random: random.fork('feature') };
    this.#embedding = this.child('feature', new InstanceEmbedding(embedding));
    this.#classToken = this.parameter('cls_token', normal(0.02)([1, 1, width], random.fork('cls_token'), { fanIn: width, fanOut: width }));
    this.#layers = Array.from({ length: layers }, (_, i) => {
      const path = `layers.${i}`;
      const shared = { width, heads, feedForward: true, attentionDropout, attention: 'self', path, random: random.fork(path) } as const;
      const learned = slopes === 'learned' ? this.parameter(`${path}.slopes`, tensor1d(this.#fixedSlopes)) : null;
      return { block: this.child(path, new TokenBlock(shared)), slopes: learned };
    });
    this.#norm = this.child('norm', new LayerNorm(width));
    this.#classifier = this.child(
      'classifier',
      new Linear({ inputDim: width, outputDim: sizes.classes, random: random.fork('classifier') }),
    );
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const batch = batchOfBags('transformer-alibi', input, this.#sizes.inputDim);
      if (batch.positions === undefined) throw badInput('transformer-alibi', 'distances need the grid positions of the instances');
      return { ...bagByBag(batch, (bags, positions) => this.#pass(bags, positions as Tensor3D, context)), auxiliaryLoss: null };
    });
  }

  #pass(features: Tensor3D, positions: Tensor3D, context: ForwardContext): BagPass {
    const embedded = this.#embedding.forward(features, context) as Tensor3D;
    let tokens = withClassToken(this.#classToken.variable, embedded);
    let attention: Tensor = tokens;
    for (const { block, slopes } of this.#layers) {
      const bias = distanceBias(positions, slopes?.variable ?? tensor1d(this.#fixedSlopes));
      ({ tokens, attention } = block.forward(tokens, context, bias));
    }
    const pooled = squeeze(this.#norm.forward(firstToken(tokens)), [1]) as Tensor2D;
    return { logits: this.#classifier.forward(pooled) as Tensor2D, attention, embedded, pooled };
  }
}

const defaults: TransformerAlibiOptions = {
  activation: 'gelu',
  dropout: 0.25,
  attentionDropout: 0,
  innerDim: 512,
  heads: 8,
  layers: 2,
  slopes: 'fixed',
};

/**
 * A transformer over tiles whose attention falls linearly with their distance on the slide, in tiles, steeply in some heads and hardly in
 * others. Its attention is the class token's in the last layer. Costs O(N²) time, in memory linear in N.
 *
 * @see Press, Smith and Lewis 2022, Train Short, Test Long, sec. 3, with the distance of El Nahhas et al. 2024 (STAMP) in two dimensions
 */
export const transformerAlibi: HeadSpec<TransformerAlibiOptions> = defineHead({
  name: 'transformer-alibi',
  summary: 'Transformer whose attention falls with the distance between tiles',
  paper: 'Press, Smith and Lewis 2022, Attention with Linear Biases, arXiv 2108.12409; El Nahhas et al. 2024, STAMP, arXiv 2312.10944',
  tasks: ['classification', 'survival'],
  permutationInvariant: true,
  cost: 'quadratic',
  needsPositions: true,
  defaults,
  schema: optionsSchema<TransformerAlibiOptions>({
    activation: { enum: ['relu', 'gelu', 'none'], default: 'gelu', description: 'Activation of the embedding' },
    dropout: describe.dropout(0.25),
    attentionDropout: {
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0,
      description: 'Drop rate of attention weights in training; above 0 all N² of them are kept in memory',
    },
    innerDim: describe.innerDim,
    heads: describe.headCount,
    layers: { type: 'integer', minimum: 1, default: 2, description: 'Transformer blocks' },
    slopes: { enum: ['fixed', 'learned'], default: 'fixed', description: 'Slopes of the heads: 2^(−8h/H), or learnt from there' },
  }),
  build: ({ sizes, options, random }) => new TransformerAlibi(sizes, { ...defaults, ...options }, random),
});
