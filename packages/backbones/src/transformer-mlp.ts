import type { RandomStream } from '@slidestream/core';
import { gelu, type Initialiser, Linear, Module } from '@slidestream/tensors';
import { mul, relu, sigmoid, split, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** Non-linearity between the two layers; `gelu` is exact. */
export type MlpActivation = 'gelu' | 'silu' | 'relu';

/**
 * `mlp`: fc2(act(fc1 x)). `swiglu-packed`: fc1 makes both halves of a gated unit, fc2(act(a)·b). `swiglu`: two layers make them
 * (Shazeer 2020, GLU variants improve Transformer, eq. 6).
 */
export type MlpKind = 'mlp' | 'swiglu-packed' | 'swiglu';

/** Sizes of a {@link TransformerMlp}. */
export interface TransformerMlpOptions {
  readonly width: number;
  /** Outputs of `fc1`; with `swiglu-packed` half of them pass the gate. */
  readonly hiddenDim: number;
  readonly kind: MlpKind;
  readonly activation: MlpActivation;
  readonly random: RandomStream;
  readonly initialiser: Initialiser;
}

/** The token-wise part of a transformer block, under timm's names: `fc1`, `fc2`, or `fc1_g`, `fc1_x`, `fc2`. */
export class TransformerMlp extends Module {
  readonly #run: (x: Tensor) => Tensor;

  constructor({ width, hiddenDim, kind, activation, random, initialiser }: TransformerMlpOptions) {
    super();
    const layer = (name: string, inputDim: number, outputDim: number): Linear =>
      this.child(name, new Linear({ inputDim, outputDim, random: random.fork(name), initialiser }));
    const act = ACTIVATIONS[activation];
    if (kind === 'swiglu') {
      const [gate, value, out] = [layer('fc1_g', width, hiddenDim), layer('fc1_x', width, hiddenDim), layer('fc2', hiddenDim, width)];
      this.#run = (x) => out.forward(mul(act(gate.forward(x)), value.forward(x)));
      return;
    }
    const packed = kind === 'swiglu-packed';
    if (packed && hiddenDim % 2 !== 0) throw new RangeError(`swiglu-packed needs an even hidden width, got ${hiddenDim}`);
    const [first, second] = [layer('fc1', width, hiddenDim), layer('fc2', packed ? hiddenDim / 2 : hiddenDim, width)];
    this.#run = (x) => {
      if (!packed) return second.forward(act(first.forward(x)));
      const [gate, value] = split(first.forward(x), 2, -1) as [Tensor, Tensor];
      return second.forward(mul(act(gate), value));
    };
  }

  /** float32 […, width] → the same shape. */
  forward(x: Tensor): Tensor {
    return tidy(() => this.#run(x));
  }
}

const ACTIVATIONS: Readonly<Record<MlpActivation, (x: Tensor) => Tensor>> = {
  gelu,
  silu: (x) => mul(x, sigmoid(x)),
  relu: (x) => relu(x),
};
