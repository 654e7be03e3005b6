import type { RandomStream } from '@slidestream/core';
import { dropout, type ForwardContext, fanInUniform, Linear, Module, maskedSoftmax, type Parameter } from '@slidestream/tensors';
import {
  add,
  argMax,
  expandDims,
  matMul,
  mul,
  range,
  relu,
  reshape,
  scalar,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tanh,
  transpose,
} from '@tensorflow/tfjs-core';
import { NamedNorm, type NormName } from './bag-norm.js';
import { batchOfBags } from './batch-of-bags.js';
import { bagCriterion } from './cross-entropy.js';
import { defineHead, tidyOutput } from './define-head.js';
import { InstanceEmbedding } from './embedding.js';
import { gatherChosen } from './gather-chosen.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { optionsSchema } from './options-schema.js';
import { paddingPenalty } from './padding-penalty.js';
import { maxOverInstances } from './pooled-instances.js';
import { ReferenceReader } from './reference-options.js';
import { options as describe } from './shared-options.js';

/** Options of {@link dsmil}. */
export interface DsmilOptions {
  readonly activation: 'relu' | 'gelu' | 'none';
  readonly dropout: number;
  readonly norm: NormName;
  readonly bias: boolean;
  readonly innerDim: number;
  readonly compat: 'none' | 'reference';
}

const QUERY_DIM = 128;

class Dsmil extends Module implements MilHead {
  readonly spec: HeadSpec = dsmil;
  readonly #sizes: HeadSizes;
  readonly #dropout: number;
  readonly #norm: NamedNorm;
  readonly #embedding: InstanceEmbedding;
  readonly #instances: Linear;
  readonly #queryIn: Linear;
  readonly #queryOut: Linear;
  readonly #value: Linear;
  readonly #bagNorm: NamedNorm;
  readonly #weight: Parameter;
  readonly #bias: Parameter;

  constructor(sizes: HeadSizes, options: DsmilOptions, random: RandomStream) {
    super();
    const { innerDim: width, norm, bias } = options;
    const { classes } = sizes;
    this.#sizes = sizes;
    this.#dropout = options.dropout;
    const batch = norm === 'batch' ? norm : 'none';
    this.#norm = this.child('norm', new NamedNorm(batch, sizes.inputDim, { bias }));
    if (options.compat === 'reference') this.child('norm1', new NamedNorm(batch, width, { bias }));
    const embedding = {
      ...options,
      dropout: 0,
      inputDim: sizes.inputDim,
      width,
      layerNorm: norm === 'layer',
      random: random.fork('feature'),
    };
    this.#embedding = this.child('feature', new InstanceEmbedding(embedding));
    const linear = (name: string, inputDim: number, outputDim: number, withBias: boolean): Linear =>
      this.child(name, new Linear({ inputDim, outputDim, bias: withBias, random: random.fork(name) }));
    this.#instances = linear('i_classifier', width, classes, bias);
    this.#queryIn = linear('b_classifier.q.0', width, QUERY_DIM, bias);
    this.#queryOut = linear('b_classifier.q.2', QUERY_DIM, QUERY_DIM, true);
    this.#value = linear('b_classifier.v.1', width, width, bias);
    this.#bagNorm = this.child('b_classifier.norm', new NamedNorm(norm, width, { bias }));
    const fans = { fanIn: classes * width, fanOut: classes * width };
    const drawn = (name: string, shape: number[]): Tensor => fanInUniform(shape, random.fork('b_classifier.fcc', name), fans);
    this.#weight = this.parameter('b_classifier.fcc.weight', drawn('weight', [classes, classes, width]));
    this.#bias = this.parameter('b_classifier.fcc.bias', drawn('bias', [classes]));
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const { features, mask, bags } = batchOfBags('dsmil', input, this.#sizes.inputDim);
      const { classes } = this.#sizes;
      const hidden = this.#embedding.forward(this.#norm.forward(features, context, mask), context);
      const embedded = dropout(hidden, this.#dropout, context, 'dropout') as Tensor3D;
      const instanceLogits = this.#instances.forward(embedded) as Tensor3D;
      const queries = this.#query(embedded);
      const critical = this.#query(criticalInstances(embedded, instanceLogits, mask));
      const products = mul(matMul(critical, queries, false, true), 1 / Math.sqrt(QUERY_DIM));
      const attention = maskedSoftmax(products, mask === undefined ? undefined : expandDims(mask, 1));
      const values = relu(this.#value.forward(embedded));
      const perClass = this.#bagNorm.forward(matMul(attention, values), context);
      const rows = reshape(this.#weight.variable, [classes, -1]) as Tensor2D;
      const logits = add(matMul(reshape(perClass, [bags, -1]) as Tensor2D, rows, false, true), this.#bias.variable) as Tensor2D;
      const auxiliaryLogits = maxOverInstances(instanceLogits, mask);
      const auxiliaryLoss = context.training ? (bagCriterion(input)?.(auxiliaryLogits) ?? null) : null;
      return { logits, attention, embedded, pooled: null, auxiliaryLoss, auxiliaryLogits };
    });
  }

  #query(x: Tensor): Tensor {
    return tanh(this.#queryOut.forward(relu(this.#queryIn.forward(x))));
  }
}

/** Per class the embedding of the instance that scores highest: float32 [B, C, E]. */
function criticalInstances(embedded: Tensor3D, logits: Tensor3D, mask: Tensor2D | undefined): Tensor {
  const [bags, count, width] = embedded.shape;
  const real = mask === undefined ? logits : add(logits, expandDims(paddingPenalty(mask), 2));
  return gatherChosen(reshape(embedded, [-1, width]), real, (scores) => {
    const best = argMax(transpose(scores as Tensor3D, [0, 2, 1]), 2);
    const firstRows = mul(reshape(range(0, bags, 1, 'int32'), [bags, 1]), scalar(count, 'int32'));
    return add(best, firstRows);
  });
}

const defaults: DsmilOptions = { activation: 'relu', dropout: 0, norm: 'none', bias: true, innerDim: 512, compat: 'none' };

/**
 * Dual-stream MIL: a classifier of instances finds each class's critical instance, and the bag attends to what is like it.
 * The instance stream's maximum is the auxiliary loss.
 *
 * @see Li, Li and Eliceiri 2021, Dual-stream Multiple Instance Learning Network, eqs. 3 to 6
 */
export const dsmil: HeadSpec<DsmilOptions> = defineHead({
  name: 'dsmil',
  summary: 'Attention by similarity to each class’s highest-scoring instance',
  paper: 'Li, Li and Eliceiri 2021, Dual-stream Multiple Instance Learning Network for Whole Slide Image Classification, arXiv 2011.08939',
  tasks: ['classification', 'survival'],
  lossWeights: { main: 0.5, auxiliary: 0.5 },
  permutationInvariant: true,
  defaults,
  schema: optionsSchema<DsmilOptions>({
    activation: { enum: ['relu', 'gelu', 'none'], default: 'relu', description: 'Activation of the embedding' },
    dropout: describe.dropout(0),
    norm: describe.norm,
    bias: describe.bias(true),
    innerDim: describe.innerDim,
    compat: {
      enum: ['none', 'reference'],
      default: 'none',
      description: 'reference: keep the batch norm that its weights hold but that is not used',
    },
  }),
  fromReferenceOptions(given) {
    const reader = new ReferenceReader('dsmil', given, ['dropout', 'act', 'mil_norm', 'mil_bias', 'inner_dim']);
    return {
      activation: reader.choice('act', ['relu', 'gelu', 'none'], 'none'),
      dropout: reader.number('dropout', 0),
      norm: reader.norm(),
      bias: reader.flag('mil_bias', true),
      innerDim: reader.number('inner_dim', 512),
      compat: 'reference',
    };
  },
  build: ({ sizes, options, random }) => new Dsmil(sizes, { ...defaults, ...options }, random),
});
