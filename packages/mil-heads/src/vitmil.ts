import type { RandomStream } from '@slidestream/core';
import { type ForwardContext, LayerNorm, Linear, Module, normal, type Parameter } from '@slidestream/tensors';
import { clone, concat, slice, squeeze, type Tensor, type Tensor2D, type Tensor3D, zeros } from '@tensorflow/tfjs-core';
import { type BagPass, bagByBag } from './bag-by-bag.js';
import { NamedNorm } from './bag-norm.js';
import { batchOfBags } from './batch-of-bags.js';
import { defineHead, tidyOutput } from './define-head.js';
import { InstanceEmbedding } from './embedding.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { badOption } from './head-errors.js';
import { addSinCosPositions } from './positions.js';
import { Ppeg, padWithFirst, squareSide } from './ppeg.js';
import { firstToken, otherTokens, TokenBlock, withClassToken } from './token-block.js';
import { type VitmilOptions, vitmilDefaults, vitmilFromReference, vitmilSchema } from './vitmil-options.js';

/** Fewer tiles than fill this square are filled up with zeros for the position encoding, as in the paper's code. */
const LEAST_SIDE = 7;

class Vitmil extends Module implements MilHead {
  readonly spec: HeadSpec = vitmil;
  readonly #options: VitmilOptions;
  readonly #sizes: HeadSizes;
  readonly #classToken: Parameter;
  readonly #inputNorm: NamedNorm;
  readonly #ppeg: Ppeg | null;
  readonly #embedding: InstanceEmbedding | null;
  readonly #blocks: readonly TokenBlock[];
  readonly #norm: LayerNorm;
  readonly #classifier: Linear;

  constructor(sizes: HeadSizes, options: VitmilOptions, random: RandomStream) {
    super();
    const { norm, bias, heads, layers } = options;
    const width = options.embed ? options.innerDim : sizes.inputDim;
    if (width % heads !== 0) throw badOption('vitmil', 'heads', `must divide the embedding width ${width}, got ${heads}`);
    if (options.positions === 'ppeg' && layers === 1) throw badOption('vitmil', 'positions', 'ppeg lies between two layers, got one layer');
    if (options.attention === 'cross' && layers === 2) throw badOption('vitmil', 'attention', 'cross has one layer, got two');
    this.#options = options;
    this.#sizes = sizes;
    const fans = { fanIn: width, fanOut: width };
    this.#classToken = this.parameter('cls_token', normal(1e-6)([1, 1, width], random.fork('cls_token'), fans));
    this.#inputNorm = this.child('norm1', new NamedNorm(norm === 'batch' ? norm : 'none', sizes.inputDim, { bias }));
    this.#ppeg = options.positions === 'ppeg' ? this.child('pos_embedding', new Ppeg(width, random.fork('pos_embedding'))) : null;
    const embedding = { ...options, inputDim: sizes.inputDim, width, layerNorm: norm === 'layer', random: random.fork('feature') };
    this.#embedding = options.embed ? this.child('feature', new InstanceEmbedding(embedding)) : null;
    this.#blocks = Array.from({ length: layers }, (_, i) => {
      const path = `layer${i + 1}`;
      return this.child(path, new TokenBlock({ ...options, width, path, random: random.fork(path) }));
    });
    this.#norm = this.child('norm', new LayerNorm(width, { bias: options.finalNormBias }));
    const classifier = { inputDim: width, outputDim: sizes.classes, bias: options.classifierBias, random: random.fork('classifier') };
    this.#classifier = this.child('classifier', new Linear(classifier));
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const batch = batchOfBags('vitmil', input, this.#sizes.inputDim);
      const features = this.#inputNorm.forward(clone(batch.features), context, batch.mask) as Tensor3D;
      const pass = bagByBag({ ...batch, features }, (bags, positions) => this.#pass(bags, positions, context));
      return { ...pass, auxiliaryLoss: null };
    });
  }

  #pass(features: Tensor3D, positions: Tensor3D | undefined, context: ForwardContext): BagPass {
    const embedded = (this.#embedding?.forward(features, context) ?? features) as Tensor3D;
    const placed = this.#options.positions === 'sincos' ? addSinCosPositions('vitmil', embedded, positions) : embedded;
    let tokens = withClassToken(this.#classToken.variable, placed);
    let attention: Tensor = tokens;
    for (const [i, block] of this.#blocks.entries()) {
      if (i === 1 && this.#ppeg !== null) tokens = concat([firstToken(tokens), this.#encode(this.#ppeg, otherTokens(tokens))], 1);
      ({ tokens, attention } = block.forward(tokens, context));
    }
    const pooled = squeeze(this.#norm.forward(firstToken(tokens)), [1]) as Tensor2D;
    return { logits: this.#classifier.forward(pooled) as Tensor2D, attention, embedded, pooled };
  }

  /** Position encoding of tiles [B, N, E] laid out as a square. */
  #encode(ppeg: Ppeg, tiles: Tensor): Tensor {
    const [bags, count, width] = tiles.shape as [number, number, number];
    const own = squareSide(count);
    const side = Math.max(own, LEAST_SIDE);
    const filled = padWithFirst(tiles, own * own);
    const square = side === own ? filled : concat([filled, zeros([bags, side * side - own * own, width])], 1);
    return slice(ppeg.forward(square, side), [0, 0, 0], [bags, count, width]);
  }
}

/**
 * A small vision transformer over instances: class token, one or two blocks, optional position encoding. Self-attention costs
 * O(N²) time, in memory linear in N.
 *
 * @see Dosovitskiy et al. 2020, An Image is Worth 16x16 Words, sec. 3.1
 */
export const vitmil: HeadSpec<VitmilOptions> = defineHead({
  name: 'vitmil',
  summary: 'Transformer with a class token over the instances',
  paper: 'Dosovitskiy et al. 2020, An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale, arXiv 2010.11929',
  tasks: ['classification', 'survival'],
  cost: 'quadratic',
  defaults: vitmilDefaults,
  schema: vitmilSchema,
  fromReferenceOptions: vitmilFromReference,
  build: ({ sizes, options, random }) => new Vitmil(sizes, { ...vitmilDefaults, ...options }, random),
});
