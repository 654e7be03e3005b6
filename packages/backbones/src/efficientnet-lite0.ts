import type { RandomStream } from '@slidestream/core';
import {
  type Activation,
  BatchNorm2d,
  Conv2d,
  chain,
  convNorm,
  type ForwardContext,
  type ImageLayer,
  type ImagePass,
  type ImageStage,
  type ImageStep,
  imageStageMaps,
  Module,
  release,
  runImageStages,
} from '@slidestream/tensors';
import { clone, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Encoder, EncoderSpec } from './encoder.js';

/** Blocks of each stage: repeats, filter side, first stride, expansion, channels out (EfficientNet-B0's, width 1). */
const STAGES = [
  [1, 3, 1, 1, 16],
  [2, 3, 2, 6, 24],
  [2, 5, 2, 6, 40],
  [3, 3, 2, 6, 80],
  [3, 5, 1, 6, 112],
  [4, 5, 2, 6, 192],
  [1, 3, 1, 6, 320],
] as const;

/** TensorFlow's: share of the batch 1 − 0.99. */
const NORM = { epsilon: 1e-3, momentum: 0.01 };

/** EfficientNet-Lite0 without its classifier: 1280 features, 3.4 M parameters. */
export const efficientNetLite0: EncoderSpec = Object.freeze<EncoderSpec>({
  name: 'efficientnet-lite0',
  summary: 'EfficientNet-Lite0, 1280 features, TensorFlow padding and scaling',
  paper: 'Tan & Le 2019, EfficientNet: rethinking model scaling for convolutional neural networks, arXiv:1905.11946',
  featureDim: 1280,
  inputSizePx: 224,
  normalisation: { mean: [127, 127, 127], std: [128, 128, 128] },
  stages: [
    { name: 'stem', featureDim: 32, parameters: ['_conv_stem.', '_bn0.'] },
    ...STAGES.flatMap(([repeats, , , , featureDim]) => Array<number>(repeats).fill(featureDim)).map((featureDim, i) => ({
      name: `blocks.${i}`,
      featureDim,
      parameters: [`_blocks.${i}.`],
    })),
    { name: 'head', featureDim: 1280, parameters: ['_conv_head.', '_bn1.'] },
  ],
  build: ({ random }: { readonly random: RandomStream }) => new EfficientNetLite0(random),
});

/** Expansion 1×1, depth-wise, projection 1×1; the input is added where shapes allow (Sandler et al. 2018). */
class InvertedResidual extends Module implements ImageLayer {
  readonly #branch: ImageLayer;
  readonly #adds: boolean;

  constructor(inChannels: number, outChannels: number, kernel: number, stride: number, expansion: number, random: RandomStream) {
    super();
    const width = inChannels * expansion;
    const layers: ImageLayer[] = [];
    const step = (conv: string, norm: string, options: ConvChoice, activation: Activation): void => {
      layers.push(
        convNorm(
          this.child(conv, new Conv2d({ ...options, padding: 'same', random: random.fork(conv) })),
          this.child(norm, new BatchNorm2d(options.outChannels, { ...NORM, activation })),
        ),
      );
    };
    if (expansion !== 1) step('_expand_conv', '_bn0', { inChannels, outChannels: width, kernel: 1 }, 'relu6');
    step('_depthwise_conv', '_bn1', { inChannels: width, outChannels: width, kernel, stride, depthwise: true }, 'relu6');
    step('_project_conv', '_bn2', { inChannels: width, outChannels, kernel: 1 }, 'none');
    this.#branch = chain(layers);
    this.#adds = stride === 1 && inChannels === outChannels;
  }

  forward(x: Tensor4D, pass: ImagePass): ImageStep {
    if (!this.#adds) return this.#branch.forward(x, pass);
    const { kernels } = pass;
    const shortcut = clone(x);
    const branch = this.#branch.forward(x, pass);
    const y = kernels.add(branch.y, shortcut);
    release(branch.y, shortcut);
    return {
      y,
      backward: (dy, wantsInput) => {
        const byBranch = branch.backward(clone(dy), wantsInput);
        const dx = byBranch === null ? null : kernels.add(byBranch, dy);
        release(dy, ...(byBranch === null ? [] : [byBranch]));
        return dx;
      },
    };
  }
}

interface ConvChoice {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly depthwise?: boolean;
}

class EfficientNetLite0 extends Module implements Encoder {
  readonly spec = efficientNetLite0;
  readonly #stages: readonly ImageStage[];

  constructor(random: RandomStream) {
    super();
    const stem = new Conv2d({ inChannels: 3, outChannels: 32, kernel: 3, stride: 2, padding: 'same', random: random.fork('stem') });
    const stemNorm = new BatchNorm2d(32, { ...NORM, activation: 'relu6' });
    const first = convNorm(this.child('_conv_stem', stem), this.child('_bn0', stemNorm));
    const stages: ImageStage[] = [{ name: 'stem', modules: [stem, stemNorm], layer: first }];
    let inChannels = 32;
    let index = 0;
    for (const [repeats, kernel, stride, expansion, outChannels] of STAGES) {
      for (let repeat = 0; repeat < repeats; repeat++) {
        const name = `blocks.${index++}`;
        const step = repeat === 0 ? stride : 1;
        const block = new InvertedResidual(inChannels, outChannels, kernel, step, expansion, random.fork(`_${name}`));
        stages.push({ name, modules: [block], layer: this.child(`_${name}`, block) });
        inChannels = outChannels;
      }
    }
    const head = new Conv2d({ inChannels, outChannels: 1280, kernel: 1, random: random.fork('_conv_head') });
    const headNorm = new BatchNorm2d(1280, { ...NORM, activation: 'relu6' });
    const last = convNorm(this.child('_conv_head', head), this.child('_bn1', headNorm));
    stages.push({ name: 'head', modules: [head, headNorm], layer: last });
    this.#stages = stages;
  }

  forward(tiles: Tensor4D, context: ForwardContext): Tensor2D {
    return runImageStages(this, this.#stages, tiles, context);
  }

  stageMaps(tiles: Tensor4D, wanted: readonly string[]): Map<string, Tensor4D> {
    return imageStageMaps(this.#stages, tiles, wanted);
  }
}
