import type { RandomStream } from '@slidestream/core';
import {
  batchOfBags,
  defineHead,
  type HeadInput,
  type HeadOutput,
  type HeadSizes,
  type HeadSpec,
  type MilHead,
  optionsSchema,
  tidyOutput,
} from '@slidestream/mil-heads';
import { dropout, type ForwardContext, Linear, Module, maskedSoftmax } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';

/** Options of {@link topAttention}: what may stand beside `name` in a configuration. */
export interface TopAttentionOptions {
  readonly innerDim: number;
  readonly temperature: number;
  readonly dropout: number;
}

class TopAttention extends Module implements MilHead {
  readonly spec: HeadSpec = topAttention;
  readonly #options: TopAttentionOptions;
  readonly #inputDim: number;
  readonly #embedding: Linear;
  readonly #scores: Linear;
  readonly #classifier: Linear;

  constructor({ inputDim, classes }: HeadSizes, options: TopAttentionOptions, random: RandomStream) {
    super();
    const { innerDim } = options;
    this.#options = options;
    this.#inputDim = inputDim;
    // Names of children are the names in the state dict.
    this.#embedding = this.child('embedding', new Linear({ inputDim, outputDim: innerDim, random: random.fork('embedding') }));
    this.#scores = this.child('scores', new Linear({ inputDim: innerDim, outputDim: 1, random: random.fork('scores') }));
    this.#classifier = this.child('classifier', new Linear({ inputDim: innerDim, outputDim: classes, random: random.fork('classifier') }));
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const { features, mask } = batchOfBags('top-attention', input, this.#inputDim); // [B, N, D]
      const hidden = dropout(tf.relu(this.#embedding.forward(features)), this.#options.dropout, context, 'embedding');
      const embedded = hidden as tf.Tensor3D; // [B, N, E]
      const scores = tf.div(tf.squeeze(this.#scores.forward(embedded), [2]), this.#options.temperature); // [B, N]
      const attention = maskedSoftmax(scores, mask); // [B, N], 0 for padding
      const pooled = tf.squeeze(tf.matMul(tf.expandDims(attention, 1), embedded), [1]) as tf.Tensor2D; // [B, E]
      const logits = this.#classifier.forward(pooled) as tf.Tensor2D; // [B, C]
      return { logits, attention, embedded, pooled, auxiliaryLoss: null };
    });
  }
}

const defaults: TopAttentionOptions = { innerDim: 128, temperature: 1, dropout: 0.25 };

/** Attention pooling with a temperature: replace it by your own. */
export const topAttention: HeadSpec<TopAttentionOptions> = defineHead({
  name: 'top-attention',
  summary: 'Attention pooling with a temperature',
  paper: 'unpublished',
  tasks: ['classification', 'survival'],
  permutationInvariant: true,
  defaults,
  schema: optionsSchema<TopAttentionOptions>({
    innerDim: { type: 'integer', minimum: 1, default: 128, description: 'Width of the embedded instances' },
    temperature: { type: 'number', exclusiveMinimum: 0, default: 1, description: 'Divides the scores in front of the softmax' },
    dropout: { type: 'number', minimum: 0, exclusiveMaximum: 1, default: 0.25, description: 'Drop rate of the embedded instances' },
  }),
  build: ({ sizes, options, random }) => new TopAttention(sizes, { ...defaults, ...options }, random),
});
