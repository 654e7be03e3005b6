import type { Module, Parameter } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';

/** How the decay of an exponential moving average depends on the update. */
export interface EmaDecayOptions {
  /** Share of the old value that is kept, in the long run. */
  readonly decay: number;
  /** Start with a small decay that grows; default `false`: constant. */
  readonly warmup?: boolean | undefined;
  readonly warmupGamma?: number | undefined;
  readonly warmupPower?: number | undefined;
  readonly minDecay?: number | undefined;
  readonly updateAfterStep?: number | undefined;
}

/**
 * Decay of update number `step`. With warm-up: `k = max(0, step − after − 1)`, `d = clamp(1 − (1 + k/γ)^−p, min, decay)`, γ = 1, p = ⅔.
 *
 * @see SPEC of the reference, Optimisation; unlike timm the first steps are not forced to 0 without warm-up
 */
export function emaDecay(step: number, options: EmaDecayOptions): number {
  const { decay, warmup = false, warmupGamma = 1, warmupPower = 2 / 3, minDecay = 0, updateAfterStep = 0 } = options;
  if (!warmup) return decay;
  const k = Math.max(0, step - updateAfterStep - 1);
  return Math.max(minDecay, Math.min(decay, 1 - (1 + k / warmupGamma) ** -warmupPower));
}

/**
 * A teacher whose weights follow a student's as an exponential moving average: every floating tensor of the state dict, batch
 * statistics included; integer counters are copied.
 *
 * @example
 * ```ts
 * const ema = new Ema({ student: model, teacher: buildAgain(), decay: 0.9997 });
 * ema.update(step);   // after every backward pass
 * ```
 */
export class Ema {
  readonly teacher: Module;
  readonly #pairs: readonly { readonly from: Parameter; readonly to: Parameter }[];
  readonly #options: EmaDecayOptions;

  /** Starts as a copy of `student`. @throws Error when both do not have the same tensors */
  constructor(options: EmaDecayOptions & { readonly student: Module; readonly teacher: Module }) {
    const { student, teacher } = options;
    const to = teacher.named();
    this.#pairs = [...student.named()].map(([name, from]) => {
      const target = to.get(name);
      if (target === undefined || target.variable.shape.join() !== from.variable.shape.join()) {
        throw new Error(`the teacher has no "${name}" of shape [${from.variable.shape}]`);
      }
      return { from, to: target };
    });
    this.teacher = teacher;
    this.#options = options;
    for (const { from, to: target } of this.#pairs) target.variable.assign(from.variable);
  }

  /** Moves the teacher towards the student: `new = old + (1 − d)(student − old)`. `step` counts updates from 0. @returns d */
  update(step: number): number {
    const decay = emaDecay(step, this.#options);
    for (const { from, to } of this.#pairs) {
      if (from.variable.dtype !== 'float32') {
        to.variable.assign(from.variable);
        continue;
      }
      const next = tf.tidy(() => tf.add(to.variable, tf.mul(tf.sub(from.variable, to.variable), 1 - decay)));
      to.variable.assign(next);
      next.dispose();
    }
    return decay;
  }
}
