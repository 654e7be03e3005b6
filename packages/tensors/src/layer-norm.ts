import { add, mean, mul, ones, rsqrt, square, sub, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { Module } from './module.js';
import type { Parameter } from './parameter.js';

/** Layer normalisation over the last axis, biased variance, ε = 1e-5 (Ba et al. 2016). */
export class LayerNorm extends Module {
  readonly #weight: Parameter;
  readonly #bias: Parameter | null;
  readonly #epsilon: number;

  constructor(width: number, { bias = true, epsilon = 1e-5 }: { readonly bias?: boolean; readonly epsilon?: number } = {}) {
    super();
    this.#weight = this.parameter('weight', ones([width]));
    this.#bias = bias ? this.parameter('bias', zeros([width])) : null;
    this.#epsilon = epsilon;
  }

  /** float32 […, width] → the same shape. */
  forward(x: Tensor): Tensor {
    return tidy(() => {
      const centred = sub(x, mean(x, -1, true));
      const variance = mean(square(centred), -1, true);
      const scaled = mul(mul(centred, rsqrt(add(variance, this.#epsilon))), this.#weight.variable);
      return this.#bias === null ? scaled : add(scaled, this.#bias.variable);
    });
  }
}
