import type { RandomStream } from '@slidestream/core';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';

/** Draws a fresh float32 tensor of `shape` (inside layout); `fanIn` and `fanOut` count connections per unit. */
export type Initialiser = (shape: readonly number[], random: RandomStream, fans: Fans) => Tensor;

/** Connections into and out of one unit. */
export interface Fans {
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Normal with mean 0 and standard deviation `deviation`. */
export function normal(deviation: number): Initialiser {
  return (shape, random) => drawn(shape, () => random.normal() * deviation);
}

/** Uniform in [−bound, bound). */
export function uniform(bound: number): Initialiser {
  return (shape, random) => drawn(shape, () => (2 * random.uniform() - 1) * bound);
}

/**
 * Normal with variance 2 / (fanIn + fanOut).
 *
 * @see Glorot and Bengio 2010, Understanding the difficulty of training deep feedforward neural networks, eq. 12
 */
export const xavierNormal: Initialiser = (shape, random, { fanIn, fanOut }) =>
  normal(Math.sqrt(2 / (fanIn + fanOut)))(shape, random, { fanIn, fanOut });

/** PyTorch's default of linear and convolution weights and biases: uniform in ±1/√fanIn. */
export const fanInUniform: Initialiser = (shape, random, { fanIn, fanOut }) =>
  uniform(1 / Math.sqrt(fanIn))(shape, random, { fanIn, fanOut });

function drawn(shape: readonly number[], draw: () => number): Tensor {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return tensor(values, [...shape], 'float32');
}
