import type { Parameter } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import type { Gradients } from './gradients.js';

/** Result of {@link differentiate}; the caller owns the tensors. */
export interface Differentiated {
  readonly value: tf.Tensor;
  /** By the parameters. */
  readonly gradients: Gradients;
  /** By `inputs`, in their order; zeros where the value does not depend on one. */
  readonly inputGradients: readonly tf.Tensor[];
}

/** Options of {@link differentiate}. */
export interface DifferentiateOptions {
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Tensors by which to differentiate beside the parameters. */
  readonly inputs?: readonly tf.Tensor[] | undefined;
  /** Gradient of something further on by the value; default ones. */
  readonly upstream?: tf.Tensor | undefined;
}

/** Value and gradients of `forward` by parameters and inputs, through tfjs' autograd. */
export function differentiate(forward: () => tf.Tensor, options: DifferentiateOptions): Differentiated {
  const { parameters, inputs = [], upstream } = options;
  const names = [...parameters.keys()];
  const xs = [...inputs, ...[...parameters.values()].map(({ variable }) => variable as tf.Tensor)];
  const { value, grads } = tf.engine().gradients(forward, xs, upstream as never, true);
  const gradients: Gradients = new Map();
  names.forEach((name, i) => {
    const gradient = grads[inputs.length + i];
    if (gradient != null) gradients.set(name, gradient);
  });
  const inputGradients = inputs.map((input, i) => grads[i] ?? tf.zerosLike(input));
  return { value, gradients, inputGradients };
}
