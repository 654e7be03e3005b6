import type { RandomStream } from '@slidestream/core';
import { type ForwardContext, LayerNorm, Module } from '@slidestream/tensors';
import { clone, mean, slice, type Tensor, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import { ConvNeXtBlock } from './convnext-block.js';
import { currentConvNeXtNames } from './convnext-weights.js';
import type { Encoder, EncoderSpec, TileNormalisation } from './encoder.js';
import { imageNet } from './normalisation.js';
import { PatchEmbedding } from './patch-embedding.js';
import { pooledNormal } from './pooled-normal.js';
import { RecomputedWalk } from './recomputed.js';
import { requireAtLeast } from './tile-size.js';
import { type WalkStage, type WalkStep, walkedMaps, walkStages } from './walk-stages.js';

/** What tells one ConvNeXt from another. */
export interface ConvNeXtOptions {
  readonly name: string;
  readonly summary: string;
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  /** Channels of each stage. */
  readonly widths: readonly number[];
  /** Side of the tiles that it is made for; default 224. */
  readonly inputSizePx?: number | undefined;
  /** Share of tiles that skip the branch of the last block in training, less in those before; default 0.1. */
  readonly dropPath?: number | undefined;
  /** Default {@link imageNet}. */
  readonly normalisation?: TileNormalisation | undefined;
}

/** Reduction of a stem and three halvings. */
const REDUCTION = 32;
const EPSILON = 1e-6;

/**
 * A ConvNeXt without its classifier: the mean of the last stage's pixels, through the norm of the head. Names of weights as in timm;
 * those of torchvision and of the first release are renamed by `loadEncoderWeights`.
 *
 * @see Liu et al. 2022, A ConvNet for the 2020s
 */
export function convNeXtSpec(options: ConvNeXtOptions): EncoderSpec {
  const { depths, widths } = options;
  if (depths.length !== widths.length) throw new RangeError(`${depths.length} stages have ${widths.length} widths`);
  const spec: EncoderSpec = Object.freeze({
    name: options.name,
    summary: options.summary,
    paper: 'Liu et al. 2022, A ConvNet for the 2020s, arXiv:2201.03545',
    featureDim: widths[widths.length - 1] as number,
    inputSizePx: options.inputSizePx ?? 224,
    normalisation: options.normalisation ?? imageNet,
    stages: Object.freeze([
      { name: 'stem', featureDim: widths[0] as number, parameters: ['stem.'] },
      ...widths.map((featureDim, i) => ({ name: `stages.${i}`, featureDim, parameters: [`stages.${i}.`] })),
    ]),
    currentNames: currentConvNeXtNames,
    build: ({ random }: { readonly random: RandomStream }) => new ConvNeXt(spec, options, random),
  });
  return spec;
}

/** ConvNeXt-T: 768 features, 27.8 M parameters. */
export const convNeXtTiny = convNeXtSpec({
  name: 'convnext-tiny',
  summary: 'ConvNeXt-T, 768 features',
  depths: [3, 3, 9, 3],
  widths: [96, 192, 384, 768],
});

class ConvNeXt extends Module implements Encoder {
  readonly spec: EncoderSpec;
  readonly #stages: readonly WalkStage[];
  readonly #norm: LayerNorm;

  constructor(spec: EncoderSpec, { depths, widths, dropPath = 0.1 }: ConvNeXtOptions, random: RandomStream) {
    super();
    this.spec = spec;
    const initialiser = pooledNormal(0.02, random.fork('pool'));
    const stemOptions = { inChannels: 3, outChannels: widths[0] as number, patchSizePx: 4, random: random.fork('stem') };
    const stem = this.child('stem.0', new PatchEmbedding(stemOptions));
    const stemNorm = this.child('stem.1', new LayerNorm(widths[0] as number, { epsilon: EPSILON }));
    const step = (walk: RecomputedWalk): unknown => walk.step([stem, stemNorm], (x) => stemNorm.forward(stem.forward(whole(x, 4))));
    const stages: WalkStage[] = [{ name: 'stem', modules: [stem, stemNorm], steps: [step] }];
    const last = depths.reduce((sum, depth) => sum + depth, 0) - 1;
    let index = 0;
    depths.forEach((depth, i) => {
      const [name, width] = [`stages.${i}`, widths[i] as number];
      const modules: Module[] = [];
      const steps: WalkStep[] = [];
      if (i > 0) {
        const before = widths[i - 1] as number;
        const norm = this.child(`${name}.downsample.0`, new LayerNorm(before, { epsilon: EPSILON }));
        const options = { inChannels: before, outChannels: width, patchSizePx: 2, random: random.fork(name, 'downsample') };
        const halving = this.child(`${name}.downsample.1`, new PatchEmbedding(options));
        modules.push(norm, halving);
        steps.push((walk) => walk.step([norm, halving], (x) => halving.forward(norm.forward(whole(x, 2)))));
      }
      for (let j = 0; j < depth; j++) {
        const path = `${name}.blocks.${j}`;
        const rate = last === 0 ? 0 : (dropPath * index++) / last;
        const block = new ConvNeXtBlock({ width, epsilon: EPSILON, dropPath: rate, random: random.fork(path), initialiser });
        modules.push(this.child(path, block));
        steps.push((walk, context) => walk.step([block], (x) => block.forward(x, context, path)));
      }
      stages.push({ name, modules, steps });
    });
    this.#stages = stages;
    this.#norm = this.child('head.norm', new LayerNorm(spec.featureDim, { epsilon: EPSILON }));
  }

  forward(tiles: Tensor4D, context: ForwardContext): Tensor2D {
    requireAtLeast(this.spec, tiles, REDUCTION);
    const walk = walkStages(new RecomputedWalk(tiles, context.inputGradient === true), this.#stages, context);
    return walk.step([this.#norm], (x) => tidy(() => this.#norm.forward(mean(x, [1, 2])))).end as Tensor2D;
  }

  stageMaps(tiles: Tensor4D, wanted: readonly string[]): Map<string, Tensor4D> {
    requireAtLeast(this.spec, tiles, REDUCTION);
    return walkedMaps(tiles, this.#stages, wanted, (x) => clone(x) as Tensor4D);
  }
}

/** Rows and columns that fill no patch are left out, as a strided convolution leaves them. */
function whole(x: Tensor, patch: number): Tensor {
  const [tiles, height, width, channels] = x.shape as [number, number, number, number];
  if (height % patch === 0 && width % patch === 0) return x;
  return slice(x, [0, 0, 0, 0], [tiles, height - (height % patch), width - (width % patch), channels]);
}
