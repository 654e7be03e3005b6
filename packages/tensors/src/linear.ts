import type { RandomStream } from '@slidestream/core';
import { add, matMul, reshape, type Tensor, type Tensor2D, tidy, zeros } from '@tensorflow/tfjs-core';
import { type Initialiser, xavierNormal } from './initialisers.js';
import { Module } from './module.js';
import type { Parameter } from './parameter.js';

/** Size and start of a {@link Linear}. */
export interface LinearOptions {
  readonly inputDim: number;
  readonly outputDim: number;
  /** Default `true`; starts at 0. */
  readonly bias?: boolean | undefined;
  readonly random: RandomStream;
  /** Of the weight; default {@link xavierNormal}. */
  readonly initialiser?: Initialiser | undefined;
}

/** y = x·Wᵀ + b over the last axis, with PyTorch's weight [out, in]. */
export class Linear extends Module {
  readonly inputDim: number;
  readonly outputDim: number;
  readonly #weight: Parameter;
  readonly #bias: Parameter | null;

  constructor({ inputDim, outputDim, bias = true, random, initialiser = xavierNormal }: LinearOptions) {
    super();
    this.inputDim = inputDim;
    this.outputDim = outputDim;
    const fans = { fanIn: inputDim, fanOut: outputDim };
    this.#weight = this.parameter('weight', initialiser([outputDim, inputDim], random.fork('weight'), fans));
    this.#bias = bias ? this.parameter('bias', zeros([outputDim])) : null;
  }

  /** float32 […, in] → […, out]. */
  forward(x: Tensor): Tensor {
    return tidy(() => {
      const rows = reshape(x, [-1, this.inputDim]) as Tensor2D;
      const product = matMul(rows, this.#weight.variable as Tensor as Tensor2D, false, true);
      const shifted = this.#bias === null ? product : add(product, this.#bias.variable);
      return reshape(shifted, [...x.shape.slice(0, -1), this.outputDim]);
    });
  }
}
