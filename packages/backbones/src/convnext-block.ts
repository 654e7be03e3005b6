import type { RandomStream } from '@slidestream/core';
import { type ForwardContext, type Initialiser, LayerNorm, Module, type Parameter } from '@slidestream/tensors';
import { add, fill, mul, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { DepthwiseConv } from './depthwise-conv.js';
import { dropPath } from './drop-path.js';
import { TransformerMlp } from './transformer-mlp.js';

/** Sizes of a {@link ConvNeXtBlock}. */
export interface ConvNeXtBlockOptions {
  readonly width: number;
  readonly epsilon: number;
  /** Share of tiles that skip the branch in training. */
  readonly dropPath: number;
  readonly random: RandomStream;
  readonly initialiser: Initialiser;
}

/** x + γ·mlp(norm(7×7 depth-wise x)), under timm's names (Liu et al. 2022, A ConvNet for the 2020s, figure 4). */
export class ConvNeXtBlock extends Module {
  readonly #conv: DepthwiseConv;
  readonly #norm: LayerNorm;
  readonly #mlp: TransformerMlp;
  readonly #gamma: Parameter;
  readonly #dropPath: number;

  constructor({ width, epsilon, dropPath: rate, random, initialiser }: ConvNeXtBlockOptions) {
    super();
    this.#dropPath = rate;
    this.#gamma = this.parameter('gamma', fill([width], 1e-6));
    this.#conv = this.child('conv_dw', new DepthwiseConv({ channels: width, kernel: 7, random: random.fork('conv_dw'), initialiser }));
    this.#norm = this.child('norm', new LayerNorm(width, { epsilon }));
    const mlp = { width, hiddenDim: 4 * width, kind: 'mlp', activation: 'gelu', random: random.fork('mlp'), initialiser } as const;
    this.#mlp = this.child('mlp', new TransformerMlp(mlp));
  }

  /**
   * float32 [T, h, w, C] → the same shape.
   *
   * @param path - name of the block in its network
   */
  forward(x: Tensor, context: ForwardContext, path: string): Tensor {
    return tidy(() => {
      const branch = mul(this.#mlp.forward(this.#norm.forward(this.#conv.forward(x))), this.#gamma.variable);
      return add(x, dropPath(branch, this.#dropPath, context, path));
    });
  }
}
