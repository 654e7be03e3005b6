import type { RandomStream } from '@slidestream/core';
import { dropout, type ForwardContext, gelu, Linear, Module } from '@slidestream/tensors';
import { mul, sigmoid, type Tensor } from '@tensorflow/tfjs-core';

/** Sizes of a score network. */
export interface ScoreOptions {
  readonly inputDim: number;
  readonly hiddenDim: number;
  readonly outputDim: number;
  readonly bias: boolean;
  readonly random: RandomStream;
}

/** Attention scores before the softmax: float32 […, in] → […, out]. */
export interface ScoreNetwork extends Module {
  forward(x: Tensor, context: ForwardContext): Tensor;
}

/** `fc2(GELU(fc1(x)))`. */
export class MlpScores extends Module implements ScoreNetwork {
  readonly #in: Linear;
  readonly #out: Linear;

  constructor({ inputDim, hiddenDim, outputDim, bias, random }: ScoreOptions) {
    super();
    this.#in = this.child('fc1', new Linear({ inputDim, outputDim: hiddenDim, bias, random: random.fork('fc1') }));
    this.#out = this.child('fc2', new Linear({ inputDim: hiddenDim, outputDim, bias, random: random.fork('fc2') }));
  }

  forward(x: Tensor): Tensor {
    return this.#out.forward(gelu(this.#in.forward(x)));
  }
}

/** `c(GELU(a(x)) ⊙ σ(b(x)))`, a quarter of both factors dropped in training. */
export class GatedMlpScores extends Module implements ScoreNetwork {
  readonly #a: Linear;
  readonly #b: Linear;
  readonly #c: Linear;

  constructor({ inputDim, hiddenDim, outputDim, bias, random }: ScoreOptions) {
    super();
    const linear = (name: string, from: number, to: number): Linear =>
      this.child(name, new Linear({ inputDim: from, outputDim: to, bias, random: random.fork(name) }));
    this.#a = linear('attention_a.0', inputDim, hiddenDim);
    this.#b = linear('attention_b.0', inputDim, hiddenDim);
    this.#c = linear('attention_c', hiddenDim, outputDim);
  }

  forward(x: Tensor, context: ForwardContext): Tensor {
    const value = dropout(gelu(this.#a.forward(x)), 0.25, context, 'attention_a');
    const gate = dropout(sigmoid(this.#b.forward(x)), 0.25, context, 'attention_b');
    return this.#c.forward(mul(value, gate));
  }
}
