import { FeatureBatchNorm, type ForwardContext, LayerNorm, Module } from '@slidestream/tensors';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Names of normalisations that heads offer. */
export type NormName = 'none' | 'layer' | 'batch';

/** A norm chosen by name, under the child's own parameter names; `none` is the identity and has no parameters. */
export class NamedNorm extends Module {
  readonly #layer: LayerNorm | null;
  readonly #batch: FeatureBatchNorm | null;

  constructor(name: NormName, width: number, options: { readonly bias: boolean }) {
    super();
    this.#layer = name === 'layer' ? new LayerNorm(width, options) : null;
    this.#batch = name === 'batch' ? new FeatureBatchNorm(width) : null;
  }

  /** The norm's own names, without a level for this wrapper. */
  override named(prefix = ''): ReturnType<Module['named']> {
    return (this.#layer ?? this.#batch)?.named(prefix) ?? new Map();
  }

  /** float32 […, width] → the same shape. */
  forward(x: Tensor, context: ForwardContext, mask?: Tensor): Tensor {
    if (this.#batch !== null) return this.#batch.forward(x, context, mask);
    return this.#layer === null ? x : this.#layer.forward(x);
  }
}
