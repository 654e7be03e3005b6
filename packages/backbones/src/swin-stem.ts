import type { RandomStream } from '@slidestream/core';
import {
  BatchNorm2d,
  Conv2d,
  chain,
  convNorm,
  type ForwardContext,
  type ImageLayer,
  LayerNorm,
  Module,
  runImageLayers,
} from '@slidestream/tensors';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { PatchEmbedding } from './patch-embedding.js';
import type { RecomputedWalk } from './recomputed.js';

/** Tiles to tokens: float32 [T, h, w, 3] → [T, h/p, w/p, C]. */
interface SwinStem extends Module {
  /** Moves a walk that stands at the tiles behind the stem. */
  step(walk: RecomputedWalk, context: ForwardContext): void;
}

/** One linear map a patch and a layer norm; names as in timm: `proj`, `norm`. */
export class PatchStem extends Module implements SwinStem {
  readonly #proj: PatchEmbedding;
  readonly #norm: LayerNorm;

  constructor(width: number, patchSizePx: number, epsilon: number, random: RandomStream) {
    super();
    this.#proj = this.child('proj', new PatchEmbedding({ inChannels: 3, outChannels: width, patchSizePx, random }));
    this.#norm = this.child('norm', new LayerNorm(width, { epsilon }));
  }

  step(walk: RecomputedWalk): void {
    walk.step([this], (x) => this.#norm.forward(this.#proj.forward(x)));
  }
}

/**
 * Two strided 3×3 convolutions with batch norm and relu, a 1×1 convolution with bias, a layer norm; names `proj.0` … `proj.6`, `norm`.
 *
 * @see Wang et al. 2022, Transformer-based unsupervised contrastive learning for histopathological image classification (CTransPath)
 */
export class ConvolutionalStem extends Module implements SwinStem {
  readonly #convolutions: ConvolutionPair;
  readonly #proj: PatchEmbedding;
  readonly #norm: LayerNorm;

  constructor(width: number, epsilon: number, random: RandomStream) {
    super();
    if (width % 8 !== 0) throw new RangeError(`the convolutional stem needs a width of whole eights, got ${width}`);
    this.#convolutions = this.child('proj', new ConvolutionPair(width, random));
    const last = { inChannels: width / 4, outChannels: width, patchSizePx: 1, random: random.fork('proj.6') };
    this.#proj = this.child('proj.6', new PatchEmbedding(last));
    this.#norm = this.child('norm', new LayerNorm(width, { epsilon }));
  }

  step(walk: RecomputedWalk, context: ForwardContext): void {
    const convolutions = this.#convolutions;
    walk
      .stepAsOne([convolutions], (x, inputGradient) =>
        runImageLayers([convolutions], convolutions.layers, x as Tensor4D, { ...context, inputGradient }),
      )
      .step([this.#proj, this.#norm], (x) => this.#norm.forward(this.#proj.forward(x)));
  }
}

/** 3×3 convolutions of stride 2 to an eighth and a quarter of the width, each with batch norm and relu. */
class ConvolutionPair extends Module {
  readonly layers: ImageLayer;

  constructor(width: number, random: RandomStream) {
    super();
    const layer = (first: number, inChannels: number, outChannels: number): ImageLayer => {
      const name = String(first);
      const conv = new Conv2d({ inChannels, outChannels, kernel: 3, stride: 2, padding: 1, random: random.fork('proj', name) });
      const norm = new BatchNorm2d(outChannels, { activation: 'relu' });
      return convNorm(this.child(name, conv), this.child(String(first + 1), norm));
    };
    this.layers = chain([layer(0, 3, width / 8), layer(3, width / 8, width / 4)]);
  }
}
