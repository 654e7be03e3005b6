import type { RandomStream } from '@slidestream/core';
import { activate, FeedForward, type ForwardContext, LayerNorm, Linear, Module, maskedSoftmax } from '@slidestream/tensors';
import { add, squeeze, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { poolByAttention } from './attention-pooling.js';
import { type BagPass, bagByBag } from './bag-by-bag.js';
import { NamedNorm } from './bag-norm.js';
import { batchOfBags } from './batch-of-bags.js';
import { CrossRegionAttention } from './cross-region-attention.js';
import { defineHead, tidyOutput } from './define-head.js';
import { InstanceEmbedding } from './embedding.js';
import { gatedScores } from './gated-scores.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { badOption } from './head-errors.js';
import { RegionAttention } from './region-attention.js';
import { splitIntoRegions } from './regions.js';
import { type RrtmilOptions, rrtmilDefaults, rrtmilFromReference, rrtmilSchema } from './rrtmil-options.js';

const ATTENTION_DIM = 128;

type Step = (x: Tensor, context: ForwardContext) => Tensor;

class Rrtmil extends Module implements MilHead {
  readonly spec: HeadSpec = rrtmil;
  readonly #options: RrtmilOptions;
  readonly #sizes: HeadSizes;
  readonly #inputNorm: NamedNorm;
  readonly #embedding: InstanceEmbedding;
  readonly #steps: readonly Step[];
  readonly #norm: LayerNorm;
  readonly #scores: Step;
  readonly #predictor: Linear;

  constructor(sizes: HeadSizes, options: RrtmilOptions, random: RandomStream) {
    super();
    const { innerDim: width, norm, bias, heads, crossHeads } = options;
    for (const [name, count] of Object.entries({ heads, crossHeads })) {
      if (width % count !== 0) throw badOption('rrtmil', name, `must divide the embedding width ${width}, got ${count}`);
    }
    if (options.taps !== null && options.taps % 2 === 0) throw badOption('rrtmil', 'taps', `must be odd, got ${options.taps}`);
    this.#options = options;
    this.#sizes = sizes;
    this.#inputNorm = this.child('norm', new NamedNorm(norm, sizes.inputDim, { bias }));
    const embedding = { ...options, inputDim: sizes.inputDim, width, layerNorm: false, random: random.fork('feature') };
    this.#embedding = this.child('feature', new InstanceEmbedding(embedding));
    this.#norm = this.child('online_encoder.norm', new LayerNorm(width));
    const within = Array.from({ length: options.layers - 1 }, (_, i) => this.#within(`online_encoder.layers.${i}`, random));
    this.#steps = [...within, this.#across('online_encoder.cr_msa', random)];
    this.#scores = this.#scoring(random);
    this.#predictor = this.child(
      'predictor',
      new Linear({ inputDim: width, outputDim: sizes.classes, bias, random: random.fork('predictor') }),
    );
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const batch = batchOfBags('rrtmil', input, this.#sizes.inputDim);
      const features = this.#inputNorm.forward(batch.features, context, batch.mask) as Tensor3D;
      return { ...bagByBag({ ...batch, features }, (bags) => this.#pass(bags, context)), auxiliaryLoss: null };
    });
  }

  #pass(features: Tensor3D, context: ForwardContext): BagPass {
    const embedded = this.#embedding.forward(features, context) as Tensor3D;
    let tokens: Tensor = embedded;
    for (const step of this.#steps) tokens = step(tokens, context);
    const encoded = this.#norm.forward(this.#options.shortcut ? add(tokens, embedded) : tokens);
    const attention = maskedSoftmax(squeeze(this.#scores(encoded, context), [2]));
    const pooled = poolByAttention(attention, encoded);
    return { logits: this.#predictor.forward(pooled) as Tensor2D, attention, embedded, pooled };
  }

  #within(path: string, random: RandomStream): Step {
    const { innerDim: width, heads, qkvBias, taps, layerDropout, regions } = this.#options;
    const options = { width, heads, bias: qkvBias, taps, dropout: layerDropout, path, random: random.fork(path) };
    const attention = this.child(`${path}.attn.attn`, new RegionAttention(options));
    return this.#residual(path, random, (x, context) => {
      const { tokens, merge } = splitIntoRegions(x, regions);
      return merge(attention.forward(tokens, context));
    });
  }

  #across(path: string, random: RandomStream): Step {
    const { innerDim: width, crossHeads: heads, qkvBias, layerDropout, slots, regions, crossRegions } = this.#options;
    const options = {
      width,
      heads,
      bias: qkvBias,
      regions: crossRegions ?? regions,
      slots,
      dropout: layerDropout,
      random: random.fork(path),
    };
    const attention = this.child(`${path}.attn`, new CrossRegionAttention(options));
    return this.#residual(path, random, (x, context) => attention.forward(x, context));
  }

  /** x + attend(LN(x)), then with feed-forward x + MLP(LN₂(x)). */
  #residual(path: string, random: RandomStream, attend: Step): Step {
    const { innerDim: width, feedForward, feedForwardRatio } = this.#options;
    const norm = this.child(`${path}.norm`, new LayerNorm(width));
    if (!feedForward) return (x, context) => add(x, attend(norm.forward(x), context));
    const norm2 = this.child(`${path}.norm2`, new LayerNorm(width));
    const hiddenDim = Math.trunc(width * feedForwardRatio);
    const mlp = this.child(`${path}.mlp`, new FeedForward({ width, hiddenDim, random: random.fork(path, 'mlp') }));
    return (x, context) => {
      const attended = add(x, attend(norm.forward(x), context));
      return add(attended, mlp.forward(norm2.forward(attended)));
    };
  }

  /** The pooling's score network. */
  #scoring(random: RandomStream): Step {
    const { innerDim, poolingGated, poolingBias: bias, poolingActivation } = this.#options;
    const linear = (name: string, inputDim: number, outputDim: number): Linear =>
      this.child(`pool_fn.attention.${name}`, new Linear({ inputDim, outputDim, bias, random: random.fork(name) }));
    if (!poolingGated) {
      const [first, second] = [linear('attention.0', innerDim, ATTENTION_DIM), linear('attention.2', ATTENTION_DIM, 1)];
      return (x) => second.forward(activate(poolingActivation, first.forward(x)));
    }
    const layers = {
      value: linear('attention_a.0', innerDim, ATTENTION_DIM),
      gate: linear('attention_b.0', innerDim, ATTENTION_DIM),
      score: linear('attention_c', ATTENTION_DIM, 1),
      activation: (x: Tensor) => activate(poolingActivation, x),
    };
    return (x, context) => gatedScores(layers, x, context);
  }
}

/**
 * RRT-MIL: features re-embedded by attention within and between regions of the bag, then attention pooling. Time O(N²/R²);
 * training holds the attention of all regions in memory, inference that of a few.
 *
 * @see Tang et al. 2024, Feature Re-Embedding: Towards Foundation Model-Level Performance in Computational Pathology, sec. 3
 */
export const rrtmil: HeadSpec<RrtmilOptions> = defineHead({
  name: 'rrtmil',
  summary: 'Regional re-embedding of the features, then attention pooling',
  paper: 'Tang et al. 2024, Feature Re-Embedding: Towards Foundation Model-Level Performance in Computational Pathology, arXiv 2402.17228',
  tasks: ['classification', 'survival'],
  cost: 'quadratic',
  defaults: rrtmilDefaults,
  schema: rrtmilSchema,
  fromReferenceOptions: rrtmilFromReference,
  build: ({ sizes, options, random }) => new Rrtmil(sizes, { ...rrtmilDefaults, ...options }, random),
});
