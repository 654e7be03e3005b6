import type { RandomStream } from '@slidestream/core';
import { dropout, FeedForward, type ForwardContext, LayerNorm, Linear, Module, maskedSoftmax } from '@slidestream/tensors';
import { add, expandDims, matMul, reshape, type Tensor, type Tensor2D, type Tensor3D, transpose } from '@tensorflow/tfjs-core';
import { type AbmilxOptions, abmilxDefaults, abmilxFromReference, abmilxSchema } from './abmilx-options.js';
import { AttentionRefinement } from './attention-refinement.js';
import { GatedMlpScores, MlpScores, type ScoreNetwork } from './attention-scores.js';
import { NamedNorm } from './bag-norm.js';
import { batchOfBags } from './batch-of-bags.js';
import { defineHead, tidyOutput } from './define-head.js';
import { InstanceEmbedding } from './embedding.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { badOption } from './head-errors.js';

class Abmilx extends Module implements MilHead {
  readonly spec: HeadSpec = abmilx;
  readonly #options: AbmilxOptions;
  readonly #sizes: HeadSizes;
  readonly #norm: NamedNorm;
  readonly #refinement: AttentionRefinement | null;
  readonly #feedForward: FeedForward | null;
  readonly #feedForwardNorm: LayerNorm | null;
  readonly #bagNorm: NamedNorm;
  readonly #embedding: InstanceEmbedding;
  readonly #scores: ScoreNetwork;
  readonly #projection: Linear;
  readonly #classifier: Linear;

  constructor(sizes: HeadSizes, options: AbmilxOptions, random: RandomStream) {
    super();
    const { innerDim: width, heads, joint, norm, bias } = options;
    if (width % heads !== 0) throw badOption('abmilx', 'heads', `must divide the embedding width ${width}, got ${heads}`);
    const headDim = width / heads;
    const scoreInput = joint ? width : headDim;
    this.#options = options;
    this.#sizes = sizes;
    this.#norm = this.child('norm', new NamedNorm(norm === 'batch' ? 'batch' : 'none', sizes.inputDim, { bias }));
    const scale = 1 / Math.sqrt(options.refinementScale === 'width' ? scoreInput : headDim);
    const refinement = { heads, headDim, joint, scale, random: random.fork('attn_plus_fn') };
    this.#refinement = options.refine ? this.child('attn_plus_fn', new AttentionRefinement(refinement)) : null;
    const mlp = { width, hiddenDim: 4 * width, random: random.fork('mlp') };
    this.#feedForward = options.feedForward ? this.child('mlp', new FeedForward(mlp)) : null;
    const normalised = options.feedForward && (options.feedForwardNorm ?? norm === 'none');
    this.#feedForwardNorm = normalised ? this.child('norm_ffn', new LayerNorm(width, { bias })) : null;
    this.#bagNorm = this.child('norm1', new NamedNorm(norm, width, { bias }));
    const embedding = { ...options, inputDim: sizes.inputDim, width, layerNorm: norm === 'layer', random: random.fork('feature') };
    this.#embedding = this.child('feature', new InstanceEmbedding(embedding));
    const scores = {
      inputDim: scoreInput,
      hiddenDim: options.scoreDim ?? scoreInput,
      outputDim: joint ? heads : 1,
      bias: options.scoreBias,
      random: random.fork('attention'),
    };
    this.#scores = this.child('attention', options.scores === 'gated' ? new GatedMlpScores(scores) : new MlpScores(scores));
    this.#projection = this.child('proj', new Linear({ inputDim: width, outputDim: width, bias, random: random.fork('proj') }));
    const classifier = { inputDim: width, outputDim: sizes.classes, bias, random: random.fork('classifier') };
    this.#classifier = this.child('classifier', new Linear(classifier));
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const { features, mask, bags, instances } = batchOfBags('abmilx', input, this.#sizes.inputDim);
      const { heads, innerDim, joint } = this.#options;
      const embedded = this.#embedding.forward(this.#norm.forward(features, context, mask), context) as Tensor3D;
      const split = reshape(embedded, [bags, instances, heads, innerDim / heads]);
      const seen = joint ? embedded : split;
      const raw = reshape(this.#scores.forward(seen, context), [bags, instances, heads]);
      const scores = transpose(raw, [0, 2, 1]);
      const refined = this.#refinement === null ? scores : this.#refinement.forward(seen, scores, mask);
      const attention = maskedSoftmax(refined, mask === undefined ? undefined : expandDims(mask, 1)) as Tensor3D;
      const perHead = matMul(expandDims(attention, 2), transpose(split, [0, 2, 1, 3]));
      const pooled = this.#finish(reshape(perHead, [bags, innerDim]), context);
      const logits = this.#classifier.forward(pooled) as Tensor2D;
      return { logits, attention, embedded, pooled, auxiliaryLoss: null };
    });
  }

  /** Bag vector [B, E] after pooling → what the classifier sees. */
  #finish(bag: Tensor, context: ForwardContext): Tensor2D {
    const projected = dropout(this.#projection.forward(bag), this.#options.projectionDropout, context, 'proj');
    if (this.#feedForward === null) return this.#bagNorm.forward(projected, context) as Tensor2D;
    const normalised = this.#feedForwardNorm === null ? projected : this.#feedForwardNorm.forward(projected);
    return this.#bagNorm.forward(add(projected, this.#feedForward.forward(normalised)), context) as Tensor2D;
  }
}

/**
 * ABMILX: attention pooling with H heads, each with its own slice of the embedding, and scores refined by
 * similarity between instances. Refinement costs O(N²) time, in memory linear in N.
 *
 * @see arXiv 2506.02408, Revisiting End-to-End Learning with Slide-level Supervision in Computational Pathology, sec. 3
 */
export const abmilx: HeadSpec<AbmilxOptions> = defineHead({
  name: 'abmilx',
  summary: 'Multi-head attention pooling with scores refined by similarity between instances',
  paper: 'Tang et al. 2025, Revisiting End-to-End Learning with Slide-level Supervision in Computational Pathology, arXiv 2506.02408',
  tasks: ['classification', 'survival'],
  cost: 'quadratic',
  permutationInvariant: true,
  defaults: abmilxDefaults,
  schema: abmilxSchema,
  fromReferenceOptions: abmilxFromReference,
  build: ({ sizes, options, random }) => new Abmilx(sizes, { ...abmilxDefaults, ...options }, random),
});
