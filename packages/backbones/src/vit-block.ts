import type { RandomStream } from '@slidestream/core';
import { type Initialiser, LayerNorm, Module, type Parameter } from '@slidestream/tensors';
import { add, fill, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { type MlpActivation, type MlpKind, TransformerMlp } from './transformer-mlp.js';
import { VitAttention } from './vit-attention.js';

/** Sizes of a {@link VitBlock}. */
export interface VitBlockOptions {
  readonly width: number;
  readonly heads: number;
  readonly hiddenDim: number;
  readonly mlp: MlpKind;
  readonly activation: MlpActivation;
  /** First factor of LayerScale; `null` for none. */
  readonly layerScale: number | null;
  readonly qkvBias: boolean;
  readonly epsilon: number;
  readonly random: RandomStream;
  readonly initialiser: Initialiser;
}

/** Factors per channel of a residual branch (Touvron et al. 2021, Going deeper with image transformers, eq. 4). */
class LayerScale extends Module {
  readonly #gamma: Parameter;

  constructor(width: number, start: number) {
    super();
    this.#gamma = this.parameter('gamma', fill([width], start));
  }

  forward(x: Tensor): Tensor {
    return mul(x, this.#gamma.variable);
  }
}

/** x + γ₁·attention(norm x), then x + γ₂·mlp(norm x) (Dosovitskiy et al. 2021, eq. 2 and 3). */
export class VitBlock extends Module {
  readonly #branches: readonly ((x: Tensor) => Tensor)[];

  constructor(options: VitBlockOptions) {
    super();
    const { width, epsilon, layerScale, random } = options;
    const scale = (name: string): ((x: Tensor) => Tensor) => {
      if (layerScale === null) return (x) => x;
      const module = this.child(name, new LayerScale(width, layerScale));
      return (x) => module.forward(x);
    };
    const norm1 = this.child('norm1', new LayerNorm(width, { epsilon }));
    const attention = this.child('attn', new VitAttention({ ...options, random: random.fork('attn') }));
    const scale1 = scale('ls1');
    const norm2 = this.child('norm2', new LayerNorm(width, { epsilon }));
    const mlp = this.child('mlp', new TransformerMlp({ ...options, kind: options.mlp, random: random.fork('mlp') }));
    const scale2 = scale('ls2');
    this.#branches = [(x) => scale1(attention.forward(norm1.forward(x))), (x) => scale2(mlp.forward(norm2.forward(x)))];
  }

  /** float32 [T, N, D] → the same shape. */
  forward(x: Tensor): Tensor {
    return tidy(() => this.#branches.reduce((sum, branch) => add(sum, branch(sum)), x));
  }
}
