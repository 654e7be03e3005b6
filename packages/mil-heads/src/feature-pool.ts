import type { RandomStream } from '@slidestream/core';
import { Linear, Module } from '@slidestream/tensors';
import type { Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { batchOfBags } from './batch-of-bags.js';
import { tidyOutput } from './define-head.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';

/** Pools the features of a bag as they are, then classifies with one linear layer. */
export class FeaturePool extends Module implements MilHead {
  readonly spec: HeadSpec;
  readonly #sizes: HeadSizes;
  readonly #classifier: Linear;
  readonly #pool: (features: Tensor3D, mask: Tensor2D | undefined) => Tensor2D;

  constructor(spec: HeadSpec, pool: (features: Tensor3D, mask: Tensor2D | undefined) => Tensor2D, sizes: HeadSizes, random: RandomStream) {
    super();
    this.spec = spec;
    this.#sizes = sizes;
    this.#pool = pool;
    this.#classifier = this.child('head', new Linear({ inputDim: sizes.inputDim, outputDim: sizes.classes, random }));
  }

  forward(input: HeadInput): HeadOutput {
    return tidyOutput(() => {
      const { features, mask } = batchOfBags(this.spec.name, input, this.#sizes.inputDim);
      const pooled = this.#pool(features, mask);
      return { logits: this.#classifier.forward(pooled) as Tensor2D, attention: null, embedded: null, pooled, auxiliaryLoss: null };
    });
  }
}
