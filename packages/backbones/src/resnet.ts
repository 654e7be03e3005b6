import type { RandomStream } from '@slidestream/core';
import {
  BatchNorm2d,
  Conv2d,
  chain,
  convNorm,
  type ForwardContext,
  type ImageStage,
  imageStageMaps,
  Module,
  maxPoolRelu,
  runImageStages,
} from '@slidestream/tensors';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Encoder, EncoderSpec } from './encoder.js';
import { imageNet } from './normalisation.js';
import { ResidualBlock } from './residual-block.js';

/** What tells one ResNet from another. */
export interface ResNetOptions {
  readonly name: string;
  readonly summary: string;
  /** Blocks of each stage that is kept; the first has 64 channels, every next one twice as many at half the size. */
  readonly stages: readonly number[];
  readonly bottleneck: boolean;
}

/**
 * A ResNet without its classifier: the mean of the last stage's pixels. Keys as in timm, under `model.`.
 *
 * @see He et al. 2016, Deep residual learning for image recognition
 */
export function resNetSpec({ name, summary, stages, bottleneck }: ResNetOptions): EncoderSpec {
  const expansion = bottleneck ? 4 : 1;
  const spec: EncoderSpec = Object.freeze({
    name,
    summary,
    paper: 'He et al. 2016, Deep residual learning for image recognition, arXiv:1512.03385',
    featureDim: 64 * 2 ** (stages.length - 1) * expansion,
    inputSizePx: 224,
    normalisation: imageNet,
    stages: Object.freeze([
      { name: 'stem', featureDim: 64, parameters: ['model.conv1.', 'model.bn1.'] },
      ...stages.map((_, i) => ({ name: `layer${i + 1}`, featureDim: 64 * 2 ** i * expansion, parameters: [`model.layer${i + 1}.`] })),
    ]),
    leavesOut: Object.freeze([1, 2, 3, 4].slice(stages.length).map((stage) => `model.layer${stage}.`)),
    build: ({ random }: { readonly random: RandomStream }) => new ResNet(spec, stages, bottleneck, random),
  });
  return spec;
}

class ResNet extends Module implements Encoder {
  readonly spec: EncoderSpec;
  readonly #stages: readonly ImageStage[];

  constructor(spec: EncoderSpec, stages: readonly number[], bottleneck: boolean, random: RandomStream) {
    super();
    this.spec = spec;
    const conv = new Conv2d({ inChannels: 3, outChannels: 64, kernel: 7, stride: 2, padding: 3, random: random.fork('conv1') });
    const norm = new BatchNorm2d(64);
    const stem = convNorm(this.child('model.conv1', conv), this.child('model.bn1', norm));
    const built: ImageStage[] = [{ name: 'stem', modules: [conv, norm], layer: chain([stem, maxPoolRelu]) }];
    let inChannels = 64;
    stages.forEach((blocks, stage) => {
      const width = 64 * 2 ** stage;
      const modules: ResidualBlock[] = [];
      for (let block = 0; block < blocks; block++) {
        const name = `layer${stage + 1}.${block}`;
        const stride = stage > 0 && block === 0 ? 2 : 1;
        const options = { inChannels, width, stride, random: random.fork(name) };
        modules.push(this.child(`model.${name}`, new ResidualBlock(options, bottleneck)));
        inChannels = bottleneck ? width * 4 : width;
      }
      built.push({ name: `layer${stage + 1}`, modules, layer: chain(modules) });
    });
    this.#stages = built;
  }

  forward(tiles: Tensor4D, context: ForwardContext): Tensor2D {
    return runImageStages(this, this.#stages, tiles, context);
  }

  stageMaps(tiles: Tensor4D, wanted: readonly string[]): Map<string, Tensor4D> {
    return imageStageMaps(this.#stages, tiles, wanted);
  }
}
