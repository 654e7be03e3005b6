import type { RandomStream } from '@slidestream/core';
import { type ConvGeometry, currentKernels, type Initialiser, Module, type Parameter } from '@slidestream/tensors';
import { add, customGrad, type Tensor, type Tensor4D, tidy, zeros } from '@tensorflow/tfjs-core';

/** Sizes of a {@link DepthwiseConv}. */
export interface DepthwiseConvOptions {
  readonly channels: number;
  /** Side of the filters; odd, and half of it is put around the image. */
  readonly kernel: number;
  readonly random: RandomStream;
  readonly initialiser: Initialiser;
}

/** One filter and one bias a channel, stride 1, the size kept; an ordinary operation of tfjs' autograd. */
export class DepthwiseConv extends Module {
  readonly #weight: Parameter;
  readonly #bias: Parameter;
  readonly #geometry: ConvGeometry;

  constructor({ channels, kernel, random, initialiser }: DepthwiseConvOptions) {
    super();
    this.#geometry = { stride: 1, padding: (kernel - 1) / 2, depthwise: true };
    const fans = { fanIn: kernel * kernel, fanOut: kernel * kernel };
    const filter = initialiser([kernel, kernel, channels, 1], random.fork('weight'), fans);
    this.#weight = this.parameter('weight', filter, { layout: 'depthwise' });
    this.#bias = this.parameter('bias', zeros([channels]));
  }

  /** float32 [T, h, w, C] → the same shape. */
  forward(x: Tensor): Tensor {
    return tidy(() => add(depthwise(x, this.#weight.variable, this.#geometry), this.#bias.variable));
  }
}

function depthwise(x: Tensor, filter: Tensor, geometry: ConvGeometry): Tensor {
  const operation = customGrad((...args) => {
    const [image, weights, save] = args as unknown as [Tensor4D, Tensor4D, (tensors: Tensor[]) => void];
    save([image, weights]);
    const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
      const [input, own] = saved as [Tensor4D, Tensor4D];
      const kernels = currentKernels();
      return [
        kernels.conv2dInputGradient(dy as Tensor4D, own, input.shape, geometry),
        kernels.conv2dFilterGradient(dy as Tensor4D, input, own.shape, geometry),
      ];
    };
    return { value: currentKernels().conv2d(image, weights, geometry), gradFunc };
  });
  return operation(x, filter);
}
