import type { RandomStream } from '@slidestream/core';
import { type ForwardContext, Linear, Module, maskedSoftmax } from '@slidestream/tensors';
import { clone, squeeze, type Tensor, type Tensor2D, type Tensor3D, tanh } from '@tensorflow/tfjs-core';
import { poolByAttention } from './attention-pooling.js';
import { NamedNorm, type NormName } from './bag-norm.js';
import { batchOfBags } from './batch-of-bags.js';
import { defineHead, tidyOutput } from './define-head.js';
import { InstanceEmbedding } from './embedding.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { optionsSchema } from './options-schema.js';
import { addSinCosPositions } from './positions.js';
import { ReferenceReader } from './reference-options.js';
import { options as describe } from './shared-options.js';

/** Options of {@link abmil}. */
export interface AbmilOptions {
  readonly activation: 'relu' | 'gelu';
  readonly dropout: number;
  readonly norm: NormName;
  readonly bias: boolean;
  readonly classifierBias: boolean;
  readonly innerDim: number;
  readonly embed: boolean;
  readonly normPosition: 'input' | 'embedded';
  readonly positions: 'none' | 'sincos';
}

const ATTENTION_DIM = 128;

class Abmil extends Module implements MilHead {
  readonly spec: HeadSpec = abmil;
  readonly #options: AbmilOptions;
  readonly #sizes: HeadSizes;
  readonly #norm: NamedNorm;
  readonly #bagNorm: NamedNorm;
  readonly #embedding: InstanceEmbedding | null;
  readonly #attentionIn: Linear;
  readonly #attentionOut: Linear;
  readonly #classifier: Linear;

  constructor(sizes: HeadSizes, options: AbmilOptions, random: RandomStream) {
    super();
    const { norm, bias, embed } = options;
    const width = embed ? options.innerDim : sizes.inputDim;
    const first = options.normPosition === 'input';
    this.#options = options;
    this.#sizes = sizes;
    const inputNorm = first && norm === 'layer' ? 'none' : norm;
    this.#norm = this.child('norm', new NamedNorm(inputNorm, first ? sizes.inputDim : width, { bias }));
    this.#bagNorm = this.child('norm1', new NamedNorm(norm, width, { bias }));
    const embedding = { ...options, inputDim: sizes.inputDim, width, layerNorm: first && norm === 'layer', random: random.fork('feature') };
    this.#embedding = embed ? this.child('feature', new InstanceEmbedding(embedding)) : null;
    const linear = (name: string, inputDim: number, outputDim: number, withBias: boolean): Linear =>
      this.child(name, new Linear({ inputDim, outputDim, bias: withBias, random: random.fork(name) }));
    this.#attentionIn = linear('attention.0', width, ATTENTION_DIM, bias);
    this.#attentionOut = linear('attention.2', ATTENTION_DIM, 1, bias);
    this.#classifier = linear('classifier', width, sizes.classes, options.classifierBias);
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const batch = batchOfBags('abmil', input, this.#sizes.inputDim);
      const embedded = this.#embed(clone(batch.features), context, batch.mask);
      const placed = this.#options.positions === 'sincos' ? addSinCosPositions('abmil', embedded, batch.positions) : embedded;
      const scores = squeeze(this.#attentionOut.forward(tanh(this.#attentionIn.forward(placed))), [2]);
      const attention = maskedSoftmax(scores, batch.mask) as Tensor2D;
      const pooled = this.#bagNorm.forward(poolByAttention(attention, placed), context) as Tensor2D;
      const logits = this.#classifier.forward(pooled) as Tensor2D;
      return { logits, attention, embedded: placed as Tensor3D, pooled, auxiliaryLoss: null };
    });
  }

  #embed(features: Tensor, context: ForwardContext, mask: Tensor | undefined): Tensor {
    const embed = (x: Tensor): Tensor => this.#embedding?.forward(x, context) ?? x;
    if (this.#options.normPosition === 'embedded') return this.#norm.forward(embed(features), context, mask);
    return embed(this.#norm.forward(features, context, mask));
  }
}

const defaults: AbmilOptions = {
  activation: 'relu',
  dropout: 0.25,
  norm: 'none',
  bias: true,
  classifierBias: true,
  innerDim: 512,
  embed: true,
  normPosition: 'input',
  positions: 'none',
};

/**
 * Attention-based MIL: a_n = w₂·tanh(W₁h_n), bag = Σ softmax(a)_n h_n.
 *
 * @see Ilse, Tomczak and Welling 2018, Attention-based Deep Multiple Instance Learning, eq. 8
 */
export const abmil: HeadSpec<AbmilOptions> = defineHead({
  name: 'abmil',
  summary: 'Attention pooling with one attention weight an instance',
  paper: 'Ilse, Tomczak and Welling 2018, Attention-based Deep Multiple Instance Learning, arXiv 1802.04712',
  tasks: ['classification', 'survival'],
  permutationInvariant: true,
  defaults,
  schema: optionsSchema<AbmilOptions>({
    activation: { enum: ['relu', 'gelu'], default: 'relu', description: 'Activation of the embedding' },
    dropout: describe.dropout(0.25),
    norm: describe.norm,
    bias: describe.bias(true),
    classifierBias: { type: 'boolean', default: true, description: 'Bias of the classifier' },
    innerDim: describe.innerDim,
    embed: { type: 'boolean', default: true, description: 'Embed the instances; false puts the attention on the input features' },
    normPosition: { enum: ['input', 'embedded'], default: 'input', description: 'Normalise the input features or the embedded ones' },
    positions: { enum: ['none', 'sincos'], default: 'none', description: 'Position code added to the embedded features' },
  }),
  fromReferenceOptions(given, parameterNames) {
    const known = ['dropout', 'act', 'mil_norm', 'mil_bias', 'mil_cls_bias', 'inner_dim', 'embed_feat', 'embed_norm_pos', 'pos'];
    const reader = new ReferenceReader('abmil', given, known);
    return {
      activation: reader.choice('act', ['relu', 'gelu', 'none'], 'relu') === 'gelu' ? 'gelu' : 'relu',
      // The reference takes any non-zero value for 0.25 (SPEC §17, 29).
      dropout: reader.flag('dropout', false) ? 0.25 : 0,
      norm: reader.norm(),
      bias: reader.flag('mil_bias', true),
      classifierBias: reader.flag('mil_cls_bias', parameterNames?.has('classifier.bias') ?? true),
      innerDim: reader.number('inner_dim', 512),
      embed: reader.flag('embed_feat', true),
      normPosition: reader.number('embed_norm_pos', 0) === 1 ? 'embedded' : 'input',
      positions: reader.choice('pos', ['none', 'sincos'], 'none'),
    };
  },
  build: ({ sizes, options, random }) => new Abmil(sizes, { ...defaults, ...options }, random),
});
