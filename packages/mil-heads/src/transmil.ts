import type { RandomStream } from '@slidestream/core';
import { type ForwardContext, LayerNorm, Linear, Module, normal, type Parameter } from '@slidestream/tensors';
import { add, concat, slice, squeeze, type Tensor, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { type BagPass, bagByBag } from './bag-by-bag.js';
import { NamedNorm } from './bag-norm.js';
import { batchOfBags } from './batch-of-bags.js';
import { defineHead, tidyOutput } from './define-head.js';
import { InstanceEmbedding } from './embedding.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { badOption } from './head-errors.js';
import { NystromAttention } from './nystrom-attention.js';
import { Ppeg, padWithFirst, squareSide } from './ppeg.js';
import { firstToken, otherTokens, withClassToken } from './token-block.js';
import { type TransmilOptions, transmilDefaults, transmilFromReference, transmilSchema } from './transmil-options.js';

class Transmil extends Module implements MilHead {
  readonly spec: HeadSpec = transmil;
  readonly #sizes: HeadSizes;
  readonly #classToken: Parameter;
  readonly #ppeg: Ppeg | null;
  readonly #inputNorm: NamedNorm;
  readonly #embedding: InstanceEmbedding;
  readonly #layers: readonly { readonly norm: LayerNorm; readonly attention: NystromAttention }[];
  readonly #norm: LayerNorm;
  readonly #classifier: Linear;

  constructor(sizes: HeadSizes, options: TransmilOptions, random: RandomStream) {
    super();
    const { innerDim: width, heads, norm, bias } = options;
    if (width % heads !== 0) throw badOption('transmil', 'heads', `must divide the embedding width ${width}, got ${heads}`);
    if (width < 2) throw badOption('transmil', 'innerDim', 'must be at least 2');
    this.#sizes = sizes;
    const fans = { fanIn: width, fanOut: width };
    this.#classToken = this.parameter('cls_token', normal(1e-6)([1, 1, width], random.fork('cls_token'), fans));
    this.#ppeg = options.positions === 'ppeg' ? this.child('pos_layer', new Ppeg(width, random.fork('pos_layer'))) : null;
    this.#inputNorm = this.child('norm1', new NamedNorm(norm === 'batch' ? norm : 'none', sizes.inputDim, { bias }));
    const embedding = { ...options, inputDim: sizes.inputDim, width, layerNorm: norm === 'layer', random: random.fork('feature') };
    this.#embedding = this.child('feature', new InstanceEmbedding(embedding));
    this.#layers = ['layer1', 'layer2'].map((path) => {
      const attention = { width, heads, landmarks: Math.floor(width / 2), dropout: options.layerDropout, path };
      const start = options.compat === 'reference' ? 'batch' : 'bag';
      return {
        norm: this.child(`${path}.norm`, new LayerNorm(width)),
        attention: this.child(`${path}.attn`, new NystromAttention({ ...attention, start, random: random.fork(path) })),
      };
    });
    this.#norm = this.child('norm', new LayerNorm(width, { bias: options.finalNormBias }));
    const classifier = { inputDim: width, outputDim: sizes.classes, bias: options.classifierBias, random: random.fork('classifier') };
    this.#classifier = this.child('classifier', new Linear(classifier));
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const batch = batchOfBags('transmil', input, this.#sizes.inputDim);
      const features = this.#inputNorm.forward(batch.features, context, batch.mask) as Tensor3D;
      return { ...bagByBag({ ...batch, features }, (bags) => this.pass(bags, context)), auxiliaryLoss: null };
    });
  }

  /** Bags of equal length, without padding; `first` is the first layer's attention. */
  pass(features: Tensor3D, context: ForwardContext): BagPass & { readonly first: Tensor } {
    const embedded = this.#embedding.forward(features, context) as Tensor3D;
    const [bags, count] = embedded.shape;
    const side = squareSide(count);
    const [layer1, layer2] = this.#layers.map(({ norm, attention }) => (tokens: Tensor) => {
      const made = attention.forward(norm.forward(tokens), context);
      return { tokens: add(tokens, made.tokens), attention: made.attention };
    }) as [Layer, Layer];
    const first = layer1(withClassToken(this.#classToken.variable, padWithFirst(embedded, side * side)));
    const placed =
      this.#ppeg === null ? first.tokens : concat([firstToken(first.tokens), this.#ppeg.forward(otherTokens(first.tokens), side)], 1);
    const second = layer2(placed);
    const pooled = squeeze(this.#norm.forward(firstToken(second.tokens)), [1]) as Tensor2D;
    const tiles = (attention: Tensor): Tensor => slice(attention, [0, 0, 0], [bags, attention.shape[1] as number, count]);
    const logits = this.#classifier.forward(pooled) as Tensor2D;
    return { logits, attention: tiles(second.attention), embedded, pooled, first: tiles(first.attention) };
  }

  /** The first layer's attention [B, H, N] of bags without padding. */
  firstAttention(input: HeadInput, context: ForwardContext): Tensor {
    const { features } = batchOfBags('transmil', input, this.#sizes.inputDim);
    return this.pass(this.#inputNorm.forward(features, { ...context, updateStatistics: false }) as Tensor3D, context).first;
  }
}

type Layer = (tokens: Tensor) => { readonly tokens: Tensor; readonly attention: Tensor };

/**
 * TransMIL: a class token over Nyström self-attention, a convolutional position encoding between its two layers. Linear in N. Its
 * attention is the class token's row of the last layer's approximated matrix: not normalised, may be negative.
 *
 * @see Shao et al. 2021, TransMIL: Transformer based Correlated Multiple Instance Learning, sec. 3
 */
export const transmil: HeadSpec<TransmilOptions> = defineHead({
  name: 'transmil',
  summary: 'Transformer with linear attention and convolutional positions',
  paper: 'Shao et al. 2021, TransMIL: Transformer based Correlated Multiple Instance Learning, arXiv 2106.00908',
  tasks: ['classification', 'survival'],
  normalisedAttention: false,
  defaults: transmilDefaults,
  schema: transmilSchema,
  fromReferenceOptions: transmilFromReference,
  build: ({ sizes, options, random }) => new Transmil(sizes, { ...transmilDefaults, ...options }, random),
});

/** The first layer's attention of a head built from {@link transmil}; `null` for another head. The caller owns the tensor. */
export function transmilFirstAttention(head: MilHead, input: HeadInput, context: ForwardContext): Tensor | null {
  return head instanceof Transmil ? head.firstAttention(input, context) : null;
}
