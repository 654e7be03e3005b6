import type { RandomStream } from '@slidestream/core';
import { Linear, Module } from '@slidestream/tensors';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { batchOfBags } from './batch-of-bags.js';
import { tidyOutput } from './define-head.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import type { InstancePooling } from './pooled-instances.js';

/** Pools the features of a bag as they are, then classifies with one linear layer. */
export class FeaturePool extends Module implements MilHead {
  readonly spec: HeadSpec;
  readonly #sizes: HeadSizes;
  readonly #classifier: Linear;
  readonly #pooling: InstancePooling;

  constructor(spec: HeadSpec, pooling: InstancePooling, sizes: HeadSizes, random: RandomStream) {
    super();
    this.spec = spec;
    this.#sizes = sizes;
    this.#pooling = pooling;
    this.#classifier = this.child('head', new Linear({ inputDim: sizes.inputDim, outputDim: sizes.classes, random }));
  }

  forward(input: HeadInput): HeadOutput {
    return tidyOutput(() => {
      const { features, mask } = batchOfBags(this.spec.name, input, this.#sizes.inputDim);
      const pooled = this.#pooling.pool(features, mask);
      const attention = this.#pooling.attention(features, mask);
      return { logits: this.#classifier.forward(pooled) as Tensor2D, attention, embedded: null, pooled, auxiliaryLoss: null };
    });
  }
}
