import type { RandomStream } from '@slidestream/core';
import { fanInUniform, Module, type Parameter } from '@slidestream/tensors';
import { add, matMul, reshape, type Tensor, type Tensor2D, tidy, transpose } from '@tensorflow/tfjs-core';

/** Sizes of a {@link PatchEmbedding}. */
export interface PatchEmbeddingOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly patchSizePx: number;
  readonly random: RandomStream;
}

/** A convolution with bias whose stride is its side: one linear map a patch. `weight` is OIHW at the border. */
export class PatchEmbedding extends Module {
  readonly #weight: Parameter;
  readonly #bias: Parameter;
  readonly #patch: number;
  readonly #outChannels: number;

  constructor({ inChannels, outChannels, patchSizePx, random }: PatchEmbeddingOptions) {
    super();
    this.#patch = patchSizePx;
    this.#outChannels = outChannels;
    const fans = { fanIn: patchSizePx ** 2 * inChannels, fanOut: outChannels };
    const shape = [patchSizePx, patchSizePx, inChannels, outChannels];
    this.#weight = this.parameter('weight', fanInUniform(shape, random.fork('weight'), fans), { layout: 'conv2d' });
    this.#bias = this.parameter('bias', fanInUniform([outChannels], random.fork('bias'), fans));
  }

  /** float32 [T, h, w, C], whose sides are whole patches → [T, h/p, w/p, D]. */
  forward(x: Tensor): Tensor {
    return tidy(() => {
      const [tiles, height, width, channels] = x.shape as [number, number, number, number];
      const p = this.#patch;
      const [rows, columns] = [height / p, width / p];
      const patches = p === 1 ? x : transpose(reshape(x, [tiles, rows, p, columns, p, channels]), [0, 1, 3, 2, 4, 5]);
      const flat = reshape(patches, [-1, p * p * channels]) as Tensor2D;
      const filter = reshape(this.#weight.variable, [p * p * channels, this.#outChannels]) as Tensor2D;
      return reshape(add(matMul(flat, filter), this.#bias.variable), [tiles, rows, columns, this.#outChannels]);
    });
  }
}
