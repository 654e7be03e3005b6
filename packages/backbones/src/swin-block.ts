import type { RandomStream } from '@slidestream/core';
import { type ForwardContext, type Initialiser, LayerNorm, Module } from '@slidestream/tensors';
import { add, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { dropPath } from './drop-path.js';
import { TransformerMlp } from './transformer-mlp.js';
import { WindowAttention } from './window-attention.js';

/** Sizes of a {@link SwinBlock}. */
export interface SwinBlockOptions {
  readonly width: number;
  readonly heads: number;
  /** Side of the square map of tokens. */
  readonly side: number;
  readonly window: number;
  readonly shift: number;
  readonly hiddenDim: number;
  readonly qkvBias: boolean;
  readonly epsilon: number;
  /** Share of tiles that skip a branch in training. */
  readonly dropPath: number;
  readonly random: RandomStream;
  readonly initialiser: Initialiser;
}

/** x + attention(norm x) in windows, then x + mlp(norm x) (Liu et al. 2021, eq. 3). */
export class SwinBlock extends Module {
  readonly #norm1: LayerNorm;
  readonly #attention: WindowAttention;
  readonly #norm2: LayerNorm;
  readonly #mlp: TransformerMlp;
  readonly #dropPath: number;

  constructor(options: SwinBlockOptions) {
    super();
    const { width, epsilon, random } = options;
    this.#dropPath = options.dropPath;
    this.#norm1 = this.child('norm1', new LayerNorm(width, { epsilon }));
    this.#attention = this.child('attn', new WindowAttention({ ...options, random: random.fork('attn') }));
    this.#norm2 = this.child('norm2', new LayerNorm(width, { epsilon }));
    const mlp = { ...options, kind: 'mlp', activation: 'gelu', random: random.fork('mlp') } as const;
    this.#mlp = this.child('mlp', new TransformerMlp(mlp));
  }

  /**
   * float32 [T, side, side, C] → the same shape.
   *
   * @param path - name of the block in its network
   */
  forward(x: Tensor, context: ForwardContext, path: string): Tensor {
    return tidy(() => {
      const drop = (branch: Tensor, name: string): Tensor => dropPath(branch, this.#dropPath, context, `${path}.${name}`);
      const attended = add(x, drop(this.#attention.forward(this.#norm1.forward(x)), 'attn'));
      return add(attended, drop(this.#mlp.forward(this.#norm2.forward(attended)), 'mlp'));
    });
  }
}
