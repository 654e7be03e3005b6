import type { RandomStream } from '@slidestream/core';
import {
  BatchNorm2d,
  Conv2d,
  chain,
  convNorm,
  type ImageLayer,
  type ImagePass,
  type ImageStep,
  Module,
  release,
} from '@slidestream/tensors';
import { clone, type Tensor4D } from '@tensorflow/tfjs-core';

/** Sizes of a residual block. */
export interface BlockOptions {
  readonly inChannels: number;
  /** Channels inside; a bottleneck gives four times as many. */
  readonly width: number;
  readonly stride: number;
  readonly random: RandomStream;
}

/** y = relu(branch(x) + shortcut(x)) (He et al. 2016, eq. 1 and 2); the last batch norm of the branch starts at 0. */
export class ResidualBlock extends Module implements ImageLayer {
  readonly #branch: ImageLayer;
  readonly #shortcut: ImageLayer | undefined;

  /** @param bottleneck - 1×1, 3×3, 1×1 instead of 3×3, 3×3; the stride is in the 3×3 */
  constructor(options: BlockOptions, bottleneck: boolean) {
    super();
    const { inChannels, width, stride } = options;
    const outChannels = bottleneck ? width * 4 : width;
    const conv = (name: string, from: number, to: number, kernel: number, step = 1): Conv2d =>
      this.child(
        name,
        new Conv2d({
          inChannels: from,
          outChannels: to,
          kernel,
          stride: step,
          padding: (kernel - 1) / 2,
          random: options.random.fork(name),
        }),
      );
    const norm = (name: string, channels: number): BatchNorm2d => this.child(name, new BatchNorm2d(channels, { activation: 'relu' }));
    const last = (name: string): BatchNorm2d => this.child(name, new BatchNorm2d(outChannels, { initialScale: 0 }));
    this.#branch = bottleneck
      ? chain([
          convNorm(conv('conv1', inChannels, width, 1), norm('bn1', width)),
          convNorm(conv('conv2', width, width, 3, stride), norm('bn2', width)),
          convNorm(conv('conv3', width, outChannels, 1), last('bn3')),
        ])
      : chain([
          convNorm(conv('conv1', inChannels, width, 3, stride), norm('bn1', width)),
          convNorm(conv('conv2', width, outChannels, 3), last('bn2')),
        ]);
    if (stride !== 1 || inChannels !== outChannels) {
      this.#shortcut = convNorm(
        conv('downsample.0', inChannels, outChannels, 1, stride),
        this.child('downsample.1', new BatchNorm2d(outChannels)),
      );
    }
  }

  forward(x: Tensor4D, pass: ImagePass): ImageStep {
    const { kernels } = pass;
    const shortcut = this.#shortcut?.forward(clone(x), pass) ?? { y: clone(x), backward: (dy: Tensor4D) => dy };
    const branch = this.#branch.forward(x, pass);
    const y = kernels.addRelu(branch.y, shortcut.y);
    const output = pass.hold(y);
    release(branch.y, shortcut.y);
    return {
      y,
      backward: (dy, wantsInput) => {
        const through = kernels.activationGradient(dy, output(), 'relu');
        release(dy, output());
        const byBranch = branch.backward(clone(through), wantsInput);
        const byShortcut = shortcut.backward(through, wantsInput);
        const dx = byBranch === null || byShortcut === null ? null : kernels.add(byBranch, byShortcut);
        release(...[byBranch, byShortcut].filter((gradient) => gradient !== null));
        return dx;
      },
    };
  }
}
