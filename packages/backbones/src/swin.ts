import type { RandomStream } from '@slidestream/core';
import { type ForwardContext, LayerNorm, Module } from '@slidestream/tensors';
import { clone, mean, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { Encoder, EncoderSpec, TileNormalisation } from './encoder.js';
import { imageNet } from './normalisation.js';
import { PatchMerging } from './patch-merging.js';
import { pooledNormal } from './pooled-normal.js';
import { RecomputedWalk } from './recomputed.js';
import { SwinBlock } from './swin-block.js';
import { ConvolutionalStem, PatchStem } from './swin-stem.js';
import { currentSwinNames } from './swin-weights.js';
import { requireOwnSize } from './tile-size.js';
import { type WalkStage, type WalkStep, walkedMaps, walkStages } from './walk-stages.js';

/** What tells one Swin transformer from another; what may be left out has the defaults of Swin-T/4/7/224. */
export interface SwinOptions {
  readonly name: string;
  readonly summary: string;
  readonly paper?: string | undefined;
  /** Side of the tiles; default 224. */
  readonly imageSizePx?: number | undefined;
  /** Default 4. */
  readonly patchSizePx?: number | undefined;
  /** Side of a window; a smaller map is one window. Default 7. */
  readonly window?: number | undefined;
  /** Width of the first stage, doubled by each next; default 96. */
  readonly embedDim?: number | undefined;
  /** Blocks of each stage; default 2, 2, 6, 2. */
  readonly depths?: readonly number[] | undefined;
  /** Heads of each stage; default 3, 6, 12, 24. */
  readonly heads?: readonly number[] | undefined;
  /** Default 4. */
  readonly mlpRatio?: number | undefined;
  /** One linear map a patch, or CTransPath's convolutions (patches of 4 only); default `patch`. */
  readonly stem?: 'patch' | 'conv' | undefined;
  /** Default `true`. */
  readonly qkvBias?: boolean | undefined;
  /** ε of every layer norm; default 1e-5. */
  readonly epsilon?: number | undefined;
  /** Share of tiles that skip a branch of the last block in training, less in those before; default 0.1. */
  readonly dropPath?: number | undefined;
  /** Default {@link imageNet}. */
  readonly normalisation?: TileNormalisation | undefined;
}

/**
 * A Swin transformer without its classifier: the mean of the last stage's tokens. Names of weights as in timm ≥ 0.8, where a stage begins
 * with its patch merging; weights of the older layout are renamed by `loadEncoderWeights`. Takes tiles of its own side only.
 *
 * @see Liu et al. 2021, Swin Transformer
 */
export function swinSpec(options: SwinOptions): EncoderSpec {
  const sizes = sizesOf(options);
  const spec: EncoderSpec = Object.freeze({
    name: options.name,
    summary: options.summary,
    paper: options.paper ?? 'Liu et al. 2021, Swin Transformer: hierarchical vision transformer using shifted windows, arXiv:2103.14030',
    featureDim: sizes.embedDim * 2 ** (sizes.depths.length - 1),
    inputSizePx: sizes.imageSizePx,
    normalisation: options.normalisation ?? imageNet,
    stages: Object.freeze([
      { name: 'stem', featureDim: sizes.embedDim, parameters: ['patch_embed.'] },
      ...sizes.depths.map((_, i) => ({ name: `layers.${i}`, featureDim: sizes.embedDim * 2 ** i, parameters: [`layers.${i}.`] })),
    ]),
    currentNames: currentSwinNames,
    build: ({ random }: { readonly random: RandomStream }) => new Swin(spec, sizes, random),
  });
  return spec;
}

interface Sizes {
  readonly imageSizePx: number;
  readonly patchSizePx: number;
  readonly window: number;
  readonly embedDim: number;
  readonly depths: readonly number[];
  readonly heads: readonly number[];
  readonly mlpRatio: number;
  readonly stem: 'patch' | 'conv';
  readonly qkvBias: boolean;
  readonly epsilon: number;
  readonly dropPath: number;
}

function sizesOf(options: SwinOptions): Sizes {
  const { imageSizePx = 224, patchSizePx = 4, window = 7, embedDim = 96, depths = [2, 2, 6, 2], heads = [3, 6, 12, 24] } = options;
  const { mlpRatio = 4, stem = 'patch', qkvBias = true, epsilon = 1e-5, dropPath = 0.1 } = options;
  if (imageSizePx % patchSizePx !== 0) throw new RangeError(`${imageSizePx} pixels are no whole patches of ${patchSizePx}`);
  if (depths.length !== heads.length) throw new RangeError(`${depths.length} stages have ${heads.length} numbers of heads`);
  if (stem === 'conv' && patchSizePx !== 4) throw new RangeError('the convolutional stem makes patches of 4 pixels');
  heads.forEach((count, stage) => {
    if ((embedDim * 2 ** stage) % count !== 0) throw new RangeError(`stage ${stage}: ${embedDim * 2 ** stage} channels, ${count} heads`);
  });
  return { imageSizePx, patchSizePx, window, embedDim, depths, heads, mlpRatio, stem, qkvBias, epsilon, dropPath };
}

class Swin extends Module implements Encoder {
  readonly spec: EncoderSpec;
  readonly #stages: readonly WalkStage[];
  readonly #norm: LayerNorm;

  constructor(spec: EncoderSpec, sizes: Sizes, random: RandomStream) {
    super();
    this.spec = spec;
    const { imageSizePx, patchSizePx, embedDim, epsilon, depths } = sizes;
    const initialiser = pooledNormal(0.02, random.fork('pool'));
    const stemRandom = random.fork('stem');
    const conv = sizes.stem === 'conv';
    const stem = conv ? new ConvolutionalStem(embedDim, epsilon, stemRandom) : new PatchStem(embedDim, patchSizePx, epsilon, stemRandom);
    this.child('patch_embed', stem);
    const stages: WalkStage[] = [{ name: 'stem', modules: [stem], steps: [(walk, context) => stem.step(walk, context)] }];
    const last = depths.reduce((sum, depth) => sum + depth, 0) - 1;
    let index = 0;
    depths.forEach((depth, stage) => {
      const [width, grid] = [embedDim * 2 ** stage, imageSizePx / patchSizePx];
      const side = Math.ceil(grid / 2 ** stage);
      // timm chooses the window by a side that is rounded down at every stage
      const nominal = Math.max(1, Math.floor(grid / 2 ** stage));
      const modules: Module[] = [];
      const steps: WalkStep[] = [];
      if (stage > 0) {
        const name = `layers.${stage}.downsample`;
        const merging = this.child(name, new PatchMerging(width / 2, epsilon, random.fork(name), initialiser));
        modules.push(merging);
        steps.push((walk) => walk.step([merging], (x) => merging.forward(x)));
      }
      const window = Math.min(nominal, sizes.window);
      for (let i = 0; i < depth; i++) {
        const name = `layers.${stage}.blocks.${i}`;
        const block = new SwinBlock({
          ...sizes,
          width,
          heads: sizes.heads[stage] as number,
          side,
          window,
          shift: i % 2 === 1 && nominal > window ? Math.floor(window / 2) : 0,
          hiddenDim: Math.trunc(width * sizes.mlpRatio),
          dropPath: last === 0 ? 0 : (sizes.dropPath * index++) / last,
          random: random.fork(name),
          initialiser,
        });
        this.child(name, block);
        modules.push(block);
        steps.push((walk, context) => walk.step([block], (x) => block.forward(x, context, name)));
      }
      stages.push({ name: `layers.${stage}`, modules, steps });
    });
    this.#stages = stages;
    this.#norm = this.child('norm', new LayerNorm(embedDim * 2 ** (depths.length - 1), { epsilon }));
  }

  forward(tiles: Tensor4D, context: ForwardContext): Tensor2D {
    requireOwnSize(this.spec, tiles);
    const walk = walkStages(new RecomputedWalk(tiles, context.inputGradient === true), this.#stages, context);
    return walk.step([this.#norm], (x) => tidy(() => mean(this.#norm.forward(x), [1, 2]))).end as Tensor2D;
  }

  stageMaps(tiles: Tensor4D, wanted: readonly string[]): Map<string, Tensor4D> {
    requireOwnSize(this.spec, tiles);
    return walkedMaps(tiles, this.#stages, wanted, (x) => clone(x) as Tensor4D);
  }
}
