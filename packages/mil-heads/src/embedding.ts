import type { RandomStream } from '@slidestream/core';
import { type ActivationName, activate, dropout, type ForwardContext, LayerNorm, Linear, Module } from '@slidestream/tensors';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Parts of an {@link InstanceEmbedding}. */
export interface EmbeddingOptions {
  readonly inputDim: number;
  readonly width: number;
  readonly activation: ActivationName;
  /** Drop rate in training. */
  readonly dropout: number;
  /** Layer norm of the input; takes index 0 and shifts the linear layer to 1. */
  readonly layerNorm: boolean;
  readonly bias: boolean;
  readonly random: RandomStream;
}

/** What most heads do to each instance first: optional layer norm → linear → activation → dropout, under `0`, `1`. */
export class InstanceEmbedding extends Module {
  readonly #norm: LayerNorm | null;
  readonly #linear: Linear;
  readonly #activation: ActivationName;
  readonly #dropout: number;

  constructor({ inputDim, width, activation, dropout: rate, layerNorm, bias, random }: EmbeddingOptions) {
    super();
    this.#norm = layerNorm ? this.child('0', new LayerNorm(inputDim, { bias })) : null;
    const linear = new Linear({ inputDim, outputDim: width, bias, random: random.fork('linear') });
    this.#linear = this.child(layerNorm ? '1' : '0', linear);
    this.#activation = activation;
    this.#dropout = rate;
  }

  /** float32 [B, N, inputDim] → [B, N, width]. */
  forward(x: Tensor, context: ForwardContext): Tensor {
    const normalised = this.#norm === null ? x : this.#norm.forward(x);
    return dropout(activate(this.#activation, this.#linear.forward(normalised)), this.#dropout, context, 'feature');
  }
}
