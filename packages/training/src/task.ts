import type { Scalar, Tensor2D } from '@tensorflow/tfjs-core';

/** A bag that has been evaluated: what metrics are made from. */
export interface Scored<Target> {
  /** Slide or case. */
  readonly id: string;
  readonly target: Target;
  /** [C]. */
  readonly logits: Float32Array;
}

/** What is learnt: from targets to a loss, from logits to a decision, from decisions to metrics. Made by `classification(…)` and `survival(…)`. */
export interface Task<Target = unknown, Prediction = unknown> {
  readonly name: string;
  /** C, width of the logits. */
  readonly outputs: number;
  /** Weights of the bag loss and of a head's auxiliary loss in the total. */
  readonly lossWeights: { readonly main: number; readonly auxiliary: number };
  /** Class or time bin of a target: what heads with an auxiliary loss are told. */
  labelOf(target: Target): number;
  /**
   * Mean loss of a batch, differentiable.
   *
   * @param logits - float32 [B, C]
   */
  loss(logits: Tensor2D, targets: readonly Target[]): Scalar;
  /** What the logits [C] of one bag say, as plain data. */
  predict(logits: Float32Array): Prediction;
  /** Named metrics of a split. An undefined one is NaN. */
  metrics(scored: readonly Scored<Target>[]): Record<string, number>;
  /** Name of the metric that chooses the best epoch; larger is better. */
  readonly selectionMetric: string;
}
