import type { RandomStream } from '@slidestream/core';
import { activate, dropout, type ForwardContext, Linear, Module } from '@slidestream/tensors';
import type { Tensor3D } from '@tensorflow/tfjs-core';
import { batchOfBags } from './batch-of-bags.js';
import { tidyOutput } from './define-head.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead, ReferenceOptions } from './head.js';
import { optionsSchema } from './options-schema.js';
import type { InstancePooling } from './pooled-instances.js';
import { ReferenceReader } from './reference-options.js';
import { options as describe } from './shared-options.js';

/** Options of {@link mean} and {@link max}. */
export interface InstanceVoteOptions {
  readonly activation: 'relu' | 'gelu';
  readonly dropout: number;
  readonly innerDim: number;
}

/** Defaults of {@link InstanceVoteOptions}. */
export const instanceVoteDefaults: InstanceVoteOptions = { activation: 'relu', dropout: 0.25, innerDim: 512 };

/** Schema of {@link InstanceVoteOptions}. */
export const instanceVoteSchema = optionsSchema<InstanceVoteOptions>({
  activation: { enum: ['relu', 'gelu'], default: 'relu', description: 'Activation of the hidden layer' },
  dropout: describe.dropout(0.25),
  innerDim: describe.innerDim,
});

/** The reference's options; any truthy `dropout` is a quarter there (SPEC §17, 29). */
export function instanceVoteFromReference(head: string, given: ReferenceOptions): Partial<InstanceVoteOptions> {
  const reader = new ReferenceReader(head, given, ['dropout', 'act', 'inner_dim']);
  return {
    activation: reader.choice('act', ['relu', 'gelu'], 'relu'),
    dropout: reader.flag('dropout', true) ? 0.25 : 0,
    innerDim: reader.number('inner_dim', 512),
  };
}

/** A two-layer classifier of every instance, whose logits are put to a vote. */
export class InstanceVote extends Module implements MilHead {
  readonly spec: HeadSpec;
  readonly #options: InstanceVoteOptions;
  readonly #sizes: HeadSizes;
  readonly #hidden: Linear;
  readonly #classifier: Linear;
  readonly #vote: InstancePooling;

  constructor(spec: HeadSpec, vote: InstancePooling, sizes: HeadSizes, options: InstanceVoteOptions, random: RandomStream) {
    super();
    const { innerDim } = options;
    this.spec = spec;
    this.#options = options;
    this.#sizes = sizes;
    this.#vote = vote;
    this.#hidden = this.child('head.0', new Linear({ inputDim: sizes.inputDim, outputDim: innerDim, random: random.fork('0') }));
    // A dropout layer counts in PyTorch's numbering.
    const name = options.dropout > 0 ? 'head.3' : 'head.2';
    this.#classifier = this.child(name, new Linear({ inputDim: innerDim, outputDim: sizes.classes, random: random.fork('1') }));
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const { features, mask } = batchOfBags(this.spec.name, input, this.#sizes.inputDim);
      const hidden = activate(this.#options.activation, this.#hidden.forward(features));
      const embedded = dropout(hidden, this.#options.dropout, context, 'head') as Tensor3D;
      const votes = this.#classifier.forward(embedded);
      const attention = this.#vote.attention(votes, mask);
      return { logits: this.#vote.pool(votes, mask), attention, embedded, pooled: null, auxiliaryLoss: null };
    });
  }
}
