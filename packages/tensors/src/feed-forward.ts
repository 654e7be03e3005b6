import type { RandomStream } from '@slidestream/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { gelu } from './gelu.js';
import { Linear } from './linear.js';
import { Module } from './module.js';

/** `fc2(GELU(fc1(x)))`: the two-layer block of transformers, with biases. */
export class FeedForward extends Module {
  readonly #in: Linear;
  readonly #out: Linear;

  constructor({ width, hiddenDim, random }: { readonly width: number; readonly hiddenDim: number; readonly random: RandomStream }) {
    super();
    this.#in = this.child('fc1', new Linear({ inputDim: width, outputDim: hiddenDim, random: random.fork('fc1') }));
    this.#out = this.child('fc2', new Linear({ inputDim: hiddenDim, outputDim: width, random: random.fork('fc2') }));
  }

  /** float32 […, width] → the same shape. */
  forward(x: Tensor): Tensor {
    return this.#out.forward(gelu(this.#in.forward(x)));
  }
}
