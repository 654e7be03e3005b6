import { clone, dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels/kernels.js';
import type { Parameter } from './parameter.js';

/** What decides how images walk through their layers. */
export interface ImagePassOptions {
  /** Whether backward will be asked for: only then anything is kept. */
  readonly recording: boolean;
  /** Batch statistics instead of running ones. */
  readonly training: boolean;
  /** Whether running statistics take in the batch's. */
  readonly updateStatistics: boolean;
}

/** Gives a held tensor back while gradients are computed. */
export type Held<T extends Tensor = Tensor> = () => T;

/**
 * One walk of a batch through image layers: the kernels, what backward needs, and the gradients it finds. It is the small
 * tape inside an encoder's custom gradient; tensors are counted references, freed right after their last use.
 */
export class ImagePass implements ImagePassOptions {
  readonly kernels: Kernels;
  readonly recording: boolean;
  readonly training: boolean;
  readonly updateStatistics: boolean;
  readonly #held: Tensor[] = [];
  readonly #gradients = new Map<Parameter, Tensor>();
  #restored: readonly Tensor[] | undefined;

  constructor(kernels: Kernels, options: ImagePassOptions) {
    this.kernels = kernels;
    this.recording = options.recording;
    this.training = options.training;
    this.updateStatistics = options.updateStatistics;
  }

  /** Keeps `tensor` for backward beside its owner's own reference; keeps nothing when not recording. */
  hold<T extends Tensor>(tensor: T): Held<T> {
    if (!this.recording) return unrecorded;
    const slot = this.#held.push(clone(tensor)) - 1;
    return () => (this.#restored as readonly Tensor[])[slot] as T;
  }

  /** Hands over what was held, to be saved with tfjs' tape. */
  takeHeld(): Tensor[] {
    return this.#held.splice(0);
  }

  /** Brings back what {@link takeHeld} gave, in the same order, before backward. */
  restore(saved: readonly Tensor[]): void {
    this.#restored = saved;
  }

  /** Notes the gradient of a parameter; `value` is consumed. */
  setGradient(parameter: Parameter, value: Tensor): void {
    this.#gradients.set(parameter, value);
  }

  /** The gradient found for `parameter`. */
  gradientOf(parameter: Parameter): Tensor | undefined {
    return this.#gradients.get(parameter);
  }
}

function unrecorded(): never {
  throw new Error('nothing was recorded in this pass');
}

/** Frees tensors after their last use. */
export function release(...tensors: readonly Tensor[]): void {
  for (const tensor of tensors) dispose(tensor);
}
