import type { DType } from '@slidestream/core';
import { type Tensor, tidy, type Variable, variable } from '@tensorflow/tfjs-core';
import type { BorderLayout, Parameter } from './parameter.js';

/** How a parameter is kept and shown at the border. */
export interface ParameterOptions {
  readonly layout?: BorderLayout;
  readonly dtype?: DType;
}

/**
 * A piece of a model: named parameters and buffers under PyTorch's names, and child modules.
 *
 * @example
 * ```ts
 * class Scale extends Module {
 *   readonly #weight = this.parameter('weight', tf.ones([1]));
 *   forward(x: tf.Tensor): tf.Tensor { return tf.mul(x, this.#weight.variable); }
 * }
 * ```
 */
export abstract class Module {
  readonly #own = new Map<string, Parameter>();
  readonly #children = new Map<string, Module>();

  /** Registers a trainable parameter; `value` (in the inside layout) is consumed. */
  protected parameter(name: string, value: Tensor, options: ParameterOptions = {}): Parameter {
    return this.#register(name, value, 'parameter', options);
  }

  /** Registers a buffer: kept and saved, never trained; `value` is consumed. */
  protected buffer(name: string, value: Tensor, options: ParameterOptions = {}): Parameter {
    return this.#register(name, value, 'buffer', options);
  }

  /** Registers a child under `name`, which may hold dots (`layer1.0`), and gives it back. */
  protected child<M extends Module>(name: string, module: M): M {
    if (this.#children.has(name)) throw new Error(`module already has a child "${name}"`);
    this.#children.set(name, module);
    return module;
  }

  #register(name: string, value: Tensor, kind: Parameter['kind'], options: ParameterOptions): Parameter {
    if (this.#own.has(name)) throw new Error(`module already has "${name}"`);
    const trainable = kind === 'parameter';
    const parameter: Parameter = {
      kind,
      variable: tidy(() => variable(value, trainable)) as Variable,
      layout: options.layout ?? 'same',
      dtype: options.dtype ?? 'float32',
      trainable,
    };
    value.dispose();
    this.#own.set(name, parameter);
    return parameter;
  }

  /** Parameters and buffers of this module and its children by full name, in the order of registration. */
  named(prefix = ''): Map<string, Parameter> {
    const all = new Map<string, Parameter>();
    for (const [name, parameter] of this.#own) all.set(prefix + name, parameter);
    for (const [name, child] of this.#children) {
      for (const [inner, parameter] of child.named(`${prefix}${name}.`)) all.set(inner, parameter);
    }
    return all;
  }

  /** Parameters that the optimiser may change, by full name. */
  trainable(): Map<string, Parameter> {
    return new Map([...this.named()].filter(([, p]) => p.kind === 'parameter' && p.trainable));
  }

  /** Frees every tensor; the module must not be used afterwards. */
  dispose(): void {
    for (const parameter of this.named().values()) parameter.variable.dispose();
  }
}
