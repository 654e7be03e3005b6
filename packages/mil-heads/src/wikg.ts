import type { RandomStream } from '@slidestream/core';
import { dropout, type ForwardContext, LayerNorm, Linear, Module, maskedSoftmax } from '@slidestream/tensors';
import {
  add,
  concat,
  expandDims,
  leakyRelu,
  mul,
  reshape,
  slice,
  softmax,
  squeeze,
  sub,
  sum,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tanh,
  tidy,
} from '@tensorflow/tfjs-core';
import { poolByAttention } from './attention-pooling.js';
import { batchOfBags } from './batch-of-bags.js';
import { defineHead, tidyOutput } from './define-head.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { nearestTails } from './nearest-tails.js';
import { optionsSchema } from './options-schema.js';
import { maxOverInstances, maxShare, meanOverInstances, uniformAttention } from './pooled-instances.js';
import { options as describe } from './shared-options.js';

/** Options of {@link wikg}. */
export interface WikgOptions {
  readonly innerDim: number;
  readonly neighbours: number;
  readonly aggregation: 'gcn' | 'sage' | 'bi-interaction';
  readonly pooling: 'attention' | 'mean' | 'max';
  readonly dropout: number;
  readonly compat: 'none' | 'reference';
}

/** Values of the matrix of products, and of the neighbours, that a chunk of instances may take. */
const MAX_VALUES = 1 << 22;
/** PyTorch's slope of the leaky ReLU. */
const LEAK = 0.01;

class Wikg extends Module implements MilHead {
  readonly spec: HeadSpec = wikg;
  readonly #options: WikgOptions;
  readonly #sizes: HeadSizes;
  readonly #embedding: Linear;
  readonly #head: Linear;
  readonly #tail: Linear;
  readonly #aggregation: readonly Linear[];
  readonly #scores: readonly [Linear, Linear] | null;
  readonly #norm: LayerNorm;
  readonly #classifier: Linear;

  constructor(sizes: HeadSizes, options: WikgOptions, random: RandomStream) {
    super();
    const { innerDim: width, aggregation, pooling } = options;
    this.#options = options;
    this.#sizes = sizes;
    const linear = (name: string, inputDim: number, outputDim: number): Linear =>
      this.child(name, new Linear({ inputDim, outputDim, random: random.fork(name) }));
    this.#embedding = linear('_fc1.0', sizes.inputDim, width);
    this.#head = linear('W_head', width, width);
    this.#tail = linear('W_tail', width, width);
    this.#aggregation =
      aggregation === 'bi-interaction'
        ? [linear('linear1', width, width), linear('linear2', width, width)]
        : [linear('linear', aggregation === 'sage' ? 2 * width : width, width)];
    this.#norm = this.child('norm', new LayerNorm(width));
    const half = Math.max(1, Math.floor(width / 2));
    this.#scores = pooling === 'attention' ? [linear('readout.gate_nn.0', width, half), linear('readout.gate_nn.2', half, 1)] : null;
    this.#classifier = linear('fc', width, sizes.classes);
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const { features, mask } = batchOfBags('wikg', input, this.#sizes.inputDim);
      const own = leakyRelu(this.#embedding.forward(features), LEAK);
      const mixed = mul(add(own, expandDims(meanOverInstances(own, mask), 1)), 0.5);
      const [heads, tails] = [this.#head.forward(mixed), this.#tail.forward(mixed)];
      const nodes = this.#aggregate(heads, this.#neighbourhoods(heads, tails, mask));
      const embedded = dropout(nodes, this.#options.dropout, context, 'message') as Tensor3D;
      const { attention, bag } = this.#pool(embedded, mask);
      const pooled = this.#norm.forward(bag) as Tensor2D;
      return { logits: this.#classifier.forward(pooled) as Tensor2D, attention, embedded, pooled, auxiliaryLoss: null };
    });
  }

  /** What each instance takes from its neighbours, float32 [B, N, E], made for some instances at a time. */
  #neighbourhoods(heads: Tensor, tails: Tensor, mask: Tensor2D | undefined): Tensor {
    const [bags, count, width] = heads.shape as [number, number, number];
    const k = Math.min(this.#options.neighbours, count);
    const rows = Math.max(1, Math.min(count, Math.floor(MAX_VALUES / (bags * Math.max(count, k * width)))));
    const parts: Tensor[] = [];
    for (let at = 0; at < count; at += rows) {
      const some = slice(heads, [0, at, 0], [bags, Math.min(rows, count - at), width]);
      parts.push(tidy(() => this.#neighbourhood(some, tails, k, mask)));
    }
    return concat(parts, 1);
  }

  /** Eqs. 4 to 7: edges r = p·t + (1 − p)·h by the softmax p of similarities, then attention ⟨t, tanh(h + r)⟩ over the neighbours. */
  #neighbourhood(heads: Tensor, tails: Tensor, k: number, mask: Tensor2D | undefined): Tensor {
    const [bags, rows, width] = heads.shape as [number, number, number];
    const found = nearestTails(heads, tails, k, mask);
    const neighbours = slice(found, [0, 0, 0, 0], [bags, rows, k, width]);
    const penalty = reshape(slice(found, [0, 0, 0, width], [bags, rows, k, 1]), [bags, rows, k]);
    const head = expandDims(heads, 2);
    const similarity = add(mul(sum(mul(head, neighbours), 3), 1 / Math.sqrt(width)), penalty);
    const share = expandDims(softmax(similarity), 3);
    const edges = add(mul(share, neighbours), mul(sub(1, share), head));
    const gates = tanh(add(head, edges));
    const scores = this.#options.compat === 'reference' ? mul(sum(neighbours, 3), sum(gates, 3)) : sum(mul(neighbours, gates), 3);
    return sum(mul(expandDims(softmax(add(scores, penalty)), 3), neighbours), 2);
  }

  #aggregate(heads: Tensor, around: Tensor): Tensor {
    const [first, second] = this.#aggregation as readonly [Linear, Linear];
    const activated = (layer: Linear, x: Tensor): Tensor => leakyRelu(layer.forward(x), LEAK);
    if (this.#options.aggregation === 'sage') return activated(first, concat([heads, around], 2));
    const sums = activated(first, add(heads, around));
    return this.#options.aggregation === 'gcn' ? sums : add(sums, activated(second, mul(heads, around)));
  }

  #pool(nodes: Tensor3D, mask: Tensor2D | undefined): { readonly attention: Tensor; readonly bag: Tensor } {
    if (this.#scores !== null) {
      const [first, second] = this.#scores;
      const scores = squeeze(second.forward(leakyRelu(first.forward(nodes), LEAK)), [2]);
      const attention = maskedSoftmax(scores, mask);
      return { attention, bag: poolByAttention(attention, nodes) };
    }
    if (this.#options.pooling === 'mean') return { attention: uniformAttention(nodes, mask), bag: meanOverInstances(nodes, mask) };
    return { attention: maxShare(nodes, mask), bag: maxOverInstances(nodes, mask) };
  }
}

const defaults: WikgOptions = {
  innerDim: 512,
  neighbours: 6,
  aggregation: 'bi-interaction',
  pooling: 'attention',
  dropout: 0.3,
  compat: 'none',
};

/**
 * WiKG: every instance has a head and a tail embedding; a directed graph links it to the tails that its head is most like, and
 * knowledge-aware attention gathers them. Time O(N²), for the search of neighbours; memory O(N) in inference and O(N·k·E) in training.
 *
 * @see Li et al. 2024, Dynamic Graph Representation with Knowledge-aware Attention for Histopathology Whole Slide Image Analysis, sec. 3
 */
export const wikg: HeadSpec<WikgOptions> = defineHead({
  name: 'wikg',
  summary: 'Dynamic graph of head and tail embeddings with knowledge-aware attention',
  paper:
    'Li et al. 2024, Dynamic Graph Representation with Knowledge-aware Attention for Histopathology Whole Slide Image Analysis, arXiv 2403.07719',
  tasks: ['classification', 'survival'],
  permutationInvariant: true,
  cost: 'quadratic',
  defaults,
  schema: optionsSchema<WikgOptions>({
    innerDim: describe.innerDim,
    neighbours: { type: 'integer', minimum: 1, default: 6, description: 'Tails that each instance is linked to' },
    aggregation: {
      enum: ['gcn', 'sage', 'bi-interaction'],
      default: 'bi-interaction',
      description: 'How an instance is joined with its neighbourhood: sum, concatenation, or sum and product',
    },
    pooling: { enum: ['attention', 'mean', 'max'], default: 'attention', description: 'Readout of the graph' },
    dropout: { ...describe.dropout(0.3), description: 'Drop rate of the aggregated instances in training' },
    compat: {
      enum: ['none', 'reference'],
      default: 'none',
      description:
        'reference: the score of a neighbour is the product of two sums, as in the released code, not the scalar product of the paper',
    },
  }),
  build: ({ sizes, options, random }) => new Wikg(sizes, { ...defaults, ...options }, random),
});
