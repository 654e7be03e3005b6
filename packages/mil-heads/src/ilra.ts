import type { RandomStream } from '@slidestream/core';
import { Linear, Module, type Parameter } from '@slidestream/tensors';
import { mean, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { batchOfBags } from './batch-of-bags.js';
import { defineHead, tidyOutput } from './define-head.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { badOption } from './head-errors.js';
import { GatedAttentionBlock, latentVectors, ProjectedAttention, perBag } from './low-rank-attention.js';
import { optionsSchema } from './options-schema.js';
import { options as describe } from './shared-options.js';

/** Options of {@link ilra}. */
export interface IlraOptions {
  readonly innerDim: number;
  readonly heads: number;
  readonly layers: number;
  readonly rank: number;
  readonly seeds: number;
  readonly layerNorm: boolean;
}

class Ilra extends Module implements MilHead {
  readonly spec: HeadSpec = ilra;
  readonly #sizes: HeadSizes;
  readonly #blocks: readonly GatedAttentionBlock[];
  readonly #seeds: Parameter;
  readonly #pooling: ProjectedAttention;
  readonly #classifier: Linear;

  constructor(sizes: HeadSizes, options: IlraOptions, random: RandomStream) {
    super();
    const { innerDim: width, heads, layers, rank, seeds, layerNorm } = options;
    if (width % heads !== 0) throw badOption('ilra', 'heads', `must divide the embedding width ${width}, got ${heads}`);
    this.#sizes = sizes;
    this.#blocks = Array.from({ length: layers }, (_, i) => {
      const path = `gab_blocks.${i}`;
      const inputDim = i === 0 ? sizes.inputDim : width;
      return this.child(path, new GatedAttentionBlock({ inputDim, width, heads, rank, layerNorm, random: random.fork(path) }));
    });
    this.#seeds = this.parameter('pooling.S', latentVectors(seeds, width, random.fork('pooling.S')));
    const pooling = { queryDim: width, keyDim: width, width, heads, layerNorm, gated: false, random: random.fork('pooling.mha') };
    this.#pooling = this.child('pooling.mha', new ProjectedAttention(pooling));
    this.#classifier = this.child(
      'classifier',
      new Linear({ inputDim: width, outputDim: sizes.classes, random: random.fork('classifier') }),
    );
  }

  forward(input: HeadInput): HeadOutput {
    return tidyOutput(() => {
      const { features, mask, bags } = batchOfBags('ilra', input, this.#sizes.inputDim);
      let tokens: Tensor = features;
      for (const block of this.#blocks) tokens = block.forward(tokens, mask);
      const seeds = perBag(this.#seeds.variable, bags);
      const pooled = mean(this.#pooling.forward(seeds, tokens, mask), 1) as Tensor2D;
      // The classifier is linear: the mean of the seeds' logits is the logits of their mean.
      const logits = this.#classifier.forward(pooled) as Tensor2D;
      return { logits, attention: this.#pooling.weights(seeds, tokens, mask), embedded: tokens as Tensor3D, pooled, auxiliaryLoss: null };
    });
  }
}

/** The class defaults of the paper's code. */
const defaults: IlraOptions = { innerDim: 256, heads: 8, layers: 2, rank: 1, seeds: 1, layerNorm: false };

/**
 * ILRA-MIL: instances interact through a few latent vectors (gated attention blocks), and learnt seeds pool them by attention. Linear in N.
 * The contrastive pre-training of features that the paper adds is no part of the head.
 *
 * @see Xiang and Zhang 2023, Exploring Low-Rank Property in Multiple Instance Learning for Whole Slide Image Classification, sec. 3.3
 */
export const ilra: HeadSpec<IlraOptions> = defineHead({
  name: 'ilra',
  summary: 'Low-rank interaction of instances through latent vectors, non-local pooling',
  paper: 'Xiang and Zhang 2023, Exploring Low-Rank Property in Multiple Instance Learning for Whole Slide Image Classification, ICLR',
  tasks: ['classification', 'survival'],
  permutationInvariant: true,
  defaults,
  schema: optionsSchema<IlraOptions>({
    innerDim: { ...describe.innerDim, default: 256 },
    heads: describe.headCount,
    layers: { type: 'integer', minimum: 1, default: 2, description: 'Gated attention blocks' },
    rank: { type: 'integer', minimum: 1, default: 1, description: 'Latent vectors of a block' },
    seeds: { type: 'integer', minimum: 1, default: 1, description: 'Learnt queries of the pooling' },
    layerNorm: { type: 'boolean', default: false, description: 'Layer norms in every attention' },
  }),
  build: ({ sizes, options, random }) => new Ilra(sizes, { ...defaults, ...options }, random),
});
