import type { RandomStream } from '@slidestream/core';
import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import type { ImageLayer, ImageStep } from './image-layer.js';
import { type ImagePass, release } from './image-pass.js';
import type { ConvGeometry, FilterShape } from './kernels/conv-geometry.js';
import { Module } from './module.js';
import type { Parameter } from './parameter.js';

/** Sizes of a convolution without bias. */
export interface Conv2dOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  /** Side of the square filter. */
  readonly kernel: number;
  readonly stride?: number;
  /** Zero pixels on every side, or TensorFlow's SAME; default 0. */
  readonly padding?: number | 'same';
  /** One filter a channel; needs `outChannels` = `inChannels`. */
  readonly depthwise?: boolean;
  readonly random: RandomStream;
}

/** A convolution without bias, He-normal by fan-out (He et al. 2015, eq. 14); `weight` is OIHW at the border. */
export class Conv2d extends Module implements ImageLayer {
  readonly weight: Parameter;
  readonly geometry: ConvGeometry;

  constructor(options: Conv2dOptions) {
    super();
    const { inChannels, outChannels, kernel, stride = 1, padding = 0, depthwise = false, random } = options;
    this.geometry = { stride, padding, depthwise };
    const shape: FilterShape = depthwise ? [kernel, kernel, inChannels, 1] : [kernel, kernel, inChannels, outChannels];
    const fanOut = kernel * kernel * (depthwise ? 1 : outChannels);
    const values = new Float32Array(shape[0] * shape[1] * shape[2] * shape[3]);
    const deviation = Math.sqrt(2 / fanOut);
    for (let i = 0; i < values.length; i++) values[i] = random.normal() * deviation;
    this.weight = this.parameter('weight', tensor4d(values, [...shape]), { layout: depthwise ? 'depthwise' : 'conv2d' });
  }

  /** The filter, float32 [kh, kw, in, out] or [kh, kw, C, 1]. */
  get filter(): Tensor4D {
    return this.weight.variable as Tensor4D;
  }

  forward(x: Tensor4D, pass: ImagePass): ImageStep {
    const { kernels } = pass;
    const y = kernels.conv2d(x, this.filter, this.geometry);
    const input = pass.hold(x);
    const shape = x.shape;
    release(x);
    return {
      y,
      backward: (dy, wantsInput) => {
        if (this.weight.trainable) {
          pass.setGradient(this.weight, kernels.conv2dFilterGradient(dy, input(), this.filter.shape, this.geometry));
        }
        release(input());
        const dx = wantsInput ? kernels.conv2dInputGradient(dy, this.filter, shape, this.geometry) : null;
        release(dy);
        return dx;
      },
    };
  }
}
