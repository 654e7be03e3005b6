import { SlidestreamError, type StateDict, type TensorRecord } from '@slidestream/core';
import { loadStateDict, Module, type Parameter, toStateDict } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import type { Gradients } from './gradients.js';
import type { Optimiser, OptimiserSpec, ParameterGroup } from './optimiser.js';

/** Options of {@link adam} and {@link adamW}. */
export interface AdamOptions {
  readonly learningRate: number;
  /** Default (0.9, 0.999). */
  readonly betas?: readonly [number, number] | undefined;
  /** Added to the root of the second moment after its bias correction; default 1e-8. */
  readonly epsilon?: number | undefined;
  /** On every parameter, biases and norms included, as the reference does; exempt some by `groups`. Default 0. */
  readonly weightDecay?: number | undefined;
  readonly groups?: readonly ParameterGroup[] | undefined;
}

/**
 * Adam with weight decay as part of the gradient (coupled L2), in PyTorch's order of operations.
 *
 * @see Kingma and Ba 2015, Adam, algorithm 1
 */
export function adam(options: AdamOptions): OptimiserSpec {
  return { name: 'adam', learningRate: options.learningRate, bind: (parameters) => new Adam(parameters, options, false) };
}

/**
 * AdamW: weight decay apart from the gradient, `p ← p(1 − lr·wd)` before the step, in PyTorch's order of operations.
 *
 * @see Loshchilov and Hutter 2019, Decoupled weight decay regularization, algorithm 2
 * @example
 * ```ts
 * const optimiser = adamW({ learningRate: 8e-5, weightDecay: 0.05 }).bind(model.trainable());
 * ```
 */
export function adamW(options: AdamOptions): OptimiserSpec {
  return { name: 'adamw', learningRate: options.learningRate, bind: (parameters) => new Adam(parameters, options, true) };
}

/** First and second moments as a module, so that they leave and enter under names and in PyTorch's layouts. */
class Moments extends Module {
  readonly byName: ReadonlyMap<string, { readonly mean: Parameter; readonly square: Parameter }>;

  constructor(parameters: ReadonlyMap<string, Parameter>) {
    super();
    const zeros = (name: string, { variable, layout }: Parameter): Parameter =>
      this.buffer(name, tf.zeros(variable.shape, 'float32'), { layout });
    this.byName = new Map(
      [...parameters].map(([name, parameter]) => [
        name,
        { mean: zeros(`${name}.exp_avg`, parameter), square: zeros(`${name}.exp_avg_sq`, parameter) },
      ]),
    );
  }
}

class Adam implements Optimiser {
  readonly #parameters: ReadonlyMap<string, Parameter>;
  readonly #options: AdamOptions;
  readonly #decoupled: boolean;
  readonly #moments: Moments;
  readonly #groups: ReadonlyMap<string, ParameterGroup | undefined>;
  readonly #steps = new Map<string, number>();

  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions, decoupled: boolean) {
    this.#parameters = parameters;
    this.#options = options;
    this.#decoupled = decoupled;
    this.#moments = new Moments(parameters);
    this.#groups = new Map([...parameters.keys()].map((name) => [name, options.groups?.find((group) => group.match(name))]));
  }

  apply(gradients: Gradients, learningRate: number): void {
    for (const [name, gradient] of gradients) {
      const parameter = this.#parameters.get(name);
      if (parameter === undefined) throw new Error(`the optimiser was not given a parameter "${name}"`);
      this.#update(name, parameter, gradient, learningRate);
    }
  }

  #update(name: string, { variable }: Parameter, gradient: tf.Tensor, learningRate: number): void {
    const { betas: [beta1, beta2] = [0.9, 0.999], epsilon = 1e-8 } = this.#options;
    const group = this.#groups.get(name);
    const rate = learningRate * (group?.learningRateScale ?? 1);
    const weightDecay = group?.weightDecay ?? this.#options.weightDecay ?? 0;
    const moments = this.#moments.byName.get(name);
    if (moments === undefined) return;
    const step = (this.#steps.get(name) ?? 0) + 1;
    this.#steps.set(name, step);
    const stepSize = rate / (1 - beta1 ** step);
    const rootCorrection = Math.sqrt(1 - beta2 ** step);
    const { mean, square } = moments;
    const [nextMean, nextSquare, next] = tf.tidy(() => {
      const g = !this.#decoupled && weightDecay !== 0 ? tf.add(gradient, tf.mul(variable, weightDecay)) : gradient;
      const decayed = this.#decoupled && weightDecay !== 0 ? tf.mul(variable, 1 - rate * weightDecay) : variable;
      const m = tf.add(mean.variable, tf.mul(tf.sub(g, mean.variable), 1 - beta1));
      const v = tf.add(tf.mul(square.variable, beta2), tf.mul(tf.square(g), 1 - beta2));
      const denominator = tf.add(tf.div(tf.sqrt(v), rootCorrection), epsilon);
      return [m, v, tf.sub(decayed, tf.mul(tf.div(m, denominator), stepSize))] as [tf.Tensor, tf.Tensor, tf.Tensor];
    });
    mean.variable.assign(nextMean);
    square.variable.assign(nextSquare);
    variable.assign(next);
    tf.dispose([nextMean, nextSquare, next]);
  }

  async state(): Promise<StateDict> {
    const dict = new Map<string, TensorRecord>(await toStateDict(this.#moments));
    for (const name of this.#parameters.keys()) {
      dict.set(`${name}.step`, { dtype: 'int64', shape: [], data: BigInt64Array.of(BigInt(this.#steps.get(name) ?? 0)) });
    }
    return dict;
  }

  restore(state: StateDict): void {
    const steps = new Map<string, number>();
    for (const name of this.#parameters.keys()) {
      const step = state.get(`${name}.step`)?.data[0];
      if (step === undefined) {
        throw new SlidestreamError({
          code: 'tensors/state-dict-mismatch',
          category: 'data',
          message: `the optimiser state has no "${name}.step"`,
          hint: 'Resume with the model and optimiser that the checkpoint was made with',
        });
      }
      steps.set(name, Number(step));
    }
    loadStateDict(this.#moments, new Map([...state].filter(([name]) => !name.endsWith('.step'))));
    this.#steps.clear();
    for (const [name, step] of steps) this.#steps.set(name, step);
  }

  dispose(): void {
    this.#moments.dispose();
  }
}
