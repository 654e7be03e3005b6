import { SlidestreamError } from '@slidestream/core';
import { add, expandDims, mul, ones, reshape, rsqrt, scalar, square, sub, sum, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import type { ForwardContext } from './forward-context.js';
import { Module } from './module.js';
import type { Parameter } from './parameter.js';

/**
 * Batch normalisation of the last axis over all others (Ioffe and Szegedy 2015), with PyTorch's conventions: ε = 1e-5,
 * momentum 0.1, biased variance to normalise, unbiased variance in the running statistics.
 */
export class FeatureBatchNorm extends Module {
  readonly #weight: Parameter;
  readonly #bias: Parameter;
  readonly #mean: Parameter;
  readonly #variance: Parameter;
  readonly #batches: Parameter;
  readonly #epsilon = 1e-5;
  readonly #momentum = 0.1;

  constructor(width: number) {
    super();
    this.#weight = this.parameter('weight', ones([width]));
    this.#bias = this.parameter('bias', zeros([width]));
    this.#mean = this.buffer('running_mean', zeros([width]));
    this.#variance = this.buffer('running_var', ones([width]));
    this.#batches = this.buffer('num_batches_tracked', scalar(0, 'int32'), { dtype: 'int64' });
  }

  /**
   * @param x - float32 […, width]
   * @param mask - 1 = counts in the statistics, 0 = padding, of x's shape without the last axis
   * @throws SlidestreamError `tensors/batch-of-one` in training when there is one value a feature: it has no variance
   */
  forward(x: Tensor, context: ForwardContext, mask?: Tensor): Tensor {
    return tidy(() => {
      if (!context.training) return this.#affine(sub(x, this.#mean.variable), this.#variance.variable);
      const { mean, variance, centred, count } = statistics(x, mask);
      if (context.updateStatistics !== false) this.#update(mean, variance, count);
      return this.#affine(centred, variance);
    });
  }

  #affine(centred: Tensor, variance: Tensor): Tensor {
    const scale = mul(rsqrt(add(variance, this.#epsilon)), this.#weight.variable);
    return add(mul(centred, scale), this.#bias.variable);
  }

  #update(mean: Tensor, variance: Tensor, count: number): void {
    const keep = 1 - this.#momentum;
    this.#mean.variable.assign(add(mul(this.#mean.variable, keep), mul(mean, this.#momentum)));
    const unbiased = mul(variance, (this.#momentum * count) / (count - 1));
    this.#variance.variable.assign(add(mul(this.#variance.variable, keep), unbiased));
    this.#batches.variable.assign(add(this.#batches.variable, scalar(1, 'int32')));
  }
}

function statistics(x: Tensor, mask: Tensor | undefined): { mean: Tensor; variance: Tensor; centred: Tensor; count: number } {
  const width = x.shape[x.shape.length - 1] as number;
  const rows = reshape(x, [-1, width]);
  const weights = mask === undefined ? null : expandDims(reshape(mask, [-1]), 1);
  const count = weights === null ? (rows.shape[0] as number) : countOf(mask as Tensor);
  if (count < 2) throw batchOfOne();
  const average = (values: Tensor): Tensor => mul(sum(weights === null ? values : mul(values, weights), 0), 1 / count);
  const mean = average(rows);
  const variance = average(square(sub(rows, mean)));
  return { mean, variance, centred: sub(x, mean), count };
}

/** The mask comes from this side, so that its values are still here on engines that cannot be asked for theirs at once. */
function countOf(mask: Tensor): number {
  return (mask.dataSync() as Float32Array).reduce((sum, value) => sum + value, 0);
}

function batchOfOne(): SlidestreamError {
  return new SlidestreamError({
    code: 'tensors/batch-of-one',
    category: 'usage',
    message: 'batch normalisation cannot train on a single value per feature',
    hint: 'Use a batch of two or more bags, or layer normalisation',
  });
}
