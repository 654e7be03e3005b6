import type { RandomStream } from '@slidestream/core';
import { type ForwardContext, Linear, Module, maskedSoftmax } from '@slidestream/tensors';
import { clone, squeeze, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { poolByAttention } from './attention-pooling.js';
import { NamedNorm, type NormName } from './bag-norm.js';
import { batchOfBags } from './batch-of-bags.js';
import { defineHead, tidyOutput } from './define-head.js';
import { InstanceEmbedding } from './embedding.js';
import { type GatedLayers, gatedScores } from './gated-scores.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { optionsSchema } from './options-schema.js';
import { ReferenceReader } from './reference-options.js';
import { options as describe } from './shared-options.js';

/** Options of {@link gabmil}. */
export interface GabmilOptions {
  readonly activation: 'relu' | 'gelu' | 'none';
  readonly dropout: number;
  readonly norm: NormName;
  readonly bias: boolean;
  readonly classifierBias: boolean;
  readonly innerDim: number;
  readonly embed: boolean;
  readonly compat: 'none' | 'reference';
}

const ATTENTION_DIM = 384;

class Gabmil extends Module implements MilHead {
  readonly spec: HeadSpec = gabmil;
  readonly #compat: boolean;
  readonly #sizes: HeadSizes;
  readonly #norm: NamedNorm;
  readonly #bagNorm: NamedNorm;
  readonly #embedding: InstanceEmbedding | null;
  readonly #attention: GatedLayers;
  readonly #classifier: Linear;

  constructor(sizes: HeadSizes, options: GabmilOptions, random: RandomStream) {
    super();
    const { norm, bias, embed } = options;
    const width = embed ? options.innerDim : sizes.inputDim;
    this.#compat = options.compat === 'reference';
    this.#sizes = sizes;
    this.#norm = this.child('norm', new NamedNorm(norm === 'batch' ? 'batch' : 'none', sizes.inputDim, { bias }));
    this.#bagNorm = this.child('norm1', new NamedNorm(norm, width, { bias }));
    const layerNorm = norm === 'layer' && !this.#compat;
    const embedding = { ...options, inputDim: sizes.inputDim, width, layerNorm, random: random.fork('feature') };
    this.#embedding = embed ? this.child('feature', new InstanceEmbedding(embedding)) : null;
    const linear = (name: string, inputDim: number, outputDim: number, withBias: boolean): Linear =>
      this.child(name, new Linear({ inputDim, outputDim, bias: withBias, random: random.fork(name) }));
    this.#attention = {
      value: linear('attention_a.0', width, ATTENTION_DIM, bias),
      gate: linear('attention_b.0', width, ATTENTION_DIM, bias),
      score: linear('attention_c', ATTENTION_DIM, 1, bias),
      dropout: options.dropout > 0 ? 0.25 : 0,
    };
    this.#classifier = linear('classifier.0', width, sizes.classes, options.classifierBias);
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const { features, mask } = batchOfBags('gabmil', input, this.#sizes.inputDim);
      const normalised = this.#norm.forward(clone(features), context, mask);
      const embedded = (this.#embedding?.forward(normalised, context) ?? normalised) as Tensor3D;
      const attention = maskedSoftmax(squeeze(gatedScores(this.#attention, embedded, context), [2]), mask) as Tensor2D;
      const bag = poolByAttention(attention, embedded);
      const pooled = this.#compat ? bag : (this.#bagNorm.forward(bag, context) as Tensor2D);
      return { logits: this.#classifier.forward(pooled) as Tensor2D, attention, embedded, pooled, auxiliaryLoss: null };
    });
  }
}

const defaults: GabmilOptions = {
  activation: 'relu',
  dropout: 0,
  norm: 'none',
  bias: true,
  classifierBias: true,
  innerDim: 512,
  embed: true,
  compat: 'none',
};

/**
 * Gated attention-based MIL: a_n = c·(tanh(W_a h_n) ⊙ σ(W_b h_n)).
 *
 * @see Ilse, Tomczak and Welling 2018, Attention-based Deep Multiple Instance Learning, eq. 9
 */
export const gabmil: HeadSpec<GabmilOptions> = defineHead({
  name: 'gabmil',
  summary: 'Attention pooling with gated attention',
  paper: 'Ilse, Tomczak and Welling 2018, Attention-based Deep Multiple Instance Learning, arXiv 1802.04712',
  tasks: ['classification', 'survival'],
  permutationInvariant: true,
  defaults,
  schema: optionsSchema<GabmilOptions>({
    activation: { enum: ['relu', 'gelu', 'none'], default: 'relu', description: 'Activation of the embedding' },
    dropout: describe.dropout(0),
    norm: describe.norm,
    bias: describe.bias(true),
    classifierBias: { type: 'boolean', default: true, description: 'Bias of the classifier' },
    innerDim: describe.innerDim,
    embed: { type: 'boolean', default: true, description: 'Embed the instances; false puts the attention on the input features' },
    compat: {
      enum: ['none', 'reference'],
      default: 'none',
      description: 'reference: no layer norm in front of the embedding, and the norm of the bag vector is kept but not used',
    },
  }),
  fromReferenceOptions(given, parameterNames) {
    const known = ['act', 'dropout', 'mil_norm', 'mil_bias', 'mil_cls_bias', 'inner_dim', 'embed_feat', 'embed_norm_pos'];
    const reader = new ReferenceReader('gabmil', given, known);
    const bias = reader.flag('mil_bias', true);
    return {
      activation: reader.choice('act', ['relu', 'gelu', 'none'], 'relu'),
      dropout: reader.number('dropout', 0),
      norm: reader.norm(),
      bias,
      classifierBias: parameterNames?.has('classifier.0.bias') ?? (bias && reader.flag('mil_cls_bias', true)),
      innerDim: reader.number('inner_dim', 512),
      embed: reader.flag('embed_feat', true),
      compat: 'reference',
    };
  },
  build: ({ sizes, options, random }) => new Gabmil(sizes, { ...defaults, ...options }, random),
});
