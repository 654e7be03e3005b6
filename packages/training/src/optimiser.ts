import type { StateDict } from '@slidestream/core';
import type { Parameter } from '@slidestream/tensors';
import type { Gradients } from './gradients.js';

/** An optimiser bound to the parameters of one model. */
export interface Optimiser {
  /**
   * One update. A parameter without a gradient stays as it is, without weight decay too, as in PyTorch. The gradients stay the caller's.
   *
   * @param learningRate - of this update, before a group's factor
   */
  apply(gradients: Gradients, learningRate: number): void;
  /** Everything it remembers, `NAME.step`, `NAME.exp_avg`, `NAME.exp_avg_sq`: exact, in PyTorch's layouts. */
  state(): Promise<StateDict>;
  /** Puts back what {@link Optimiser.state} gave. @throws SlidestreamError `tensors/state-dict-mismatch` when it is another model's */
  restore(state: StateDict): void;
  dispose(): void;
}

/** Settings of some of the parameters. */
export interface ParameterGroup {
  /** Which parameters, by full name; the first group that matches holds. */
  readonly match: (name: string) => boolean;
  /** Factor on the learning rate; default 1. */
  readonly learningRateScale?: number | undefined;
  /** Default: the optimiser's. */
  readonly weightDecay?: number | undefined;
}

/** A kind of optimiser with its settings, not yet bound to a model. */
export interface OptimiserSpec {
  readonly name: string;
  /** The peak that schedules start from. */
  readonly learningRate: number;
  bind(parameters: ReadonlyMap<string, Parameter>): Optimiser;
}
