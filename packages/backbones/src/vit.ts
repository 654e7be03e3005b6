import type { RandomStream, StateDict } from '@slidestream/core';
import { type ForwardContext, LayerNorm, Module, type Parameter } from '@slidestream/tensors';
import { mean, reshape, slice, type Tensor, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { Encoder, EncoderSpec, TileNormalisation } from './encoder.js';
import { imageNet } from './normalisation.js';
import { pooledNormal } from './pooled-normal.js';
import { RecomputedWalk } from './recomputed.js';
import { requireWholePatches } from './tile-size.js';
import type { MlpActivation, MlpKind } from './transformer-mlp.js';
import { VitBlock } from './vit-block.js';
import { VitTokens } from './vit-tokens.js';
import { currentVitNames } from './vit-weights.js';
import { type WalkStage, walkedMaps, walkStages } from './walk-stages.js';

/** What tells one vision transformer from another; all but the first five have the defaults of ViT/16 at 224 pixels. */
export interface VitOptions {
  readonly name: string;
  readonly summary: string;
  readonly embedDim: number;
  /** Number of blocks. */
  readonly depth: number;
  readonly heads: number;
  readonly paper?: string | undefined;
  /** Side of the tiles that the position vectors are for; others get resampled ones. Default 224. */
  readonly imageSizePx?: number | undefined;
  /** Side of the tiles that it is made for; default `imageSizePx`. */
  readonly inputSizePx?: number | undefined;
  /** Default 16. */
  readonly patchSizePx?: number | undefined;
  /** Outputs of the MLP's first layer over `embedDim`; default 4. */
  readonly mlpRatio?: number | undefined;
  /** Default `mlp`. */
  readonly mlp?: MlpKind | undefined;
  /** Default `gelu`, exact. */
  readonly activation?: MlpActivation | undefined;
  /** First factor of LayerScale; default `null`: none. */
  readonly layerScale?: number | null | undefined;
  /** Default `true`. */
  readonly classToken?: boolean | undefined;
  /** Register tokens (Darcet et al. 2024); default 0. */
  readonly registers?: number | undefined;
  /** Whether class token and registers have position vectors; default `true`. */
  readonly positionsForAll?: boolean | undefined;
  /** The class token, or the mean of the patches; default `token`. */
  readonly pool?: 'token' | 'mean' | undefined;
  /** Name of the last norm: timm's `fc_norm` follows the pool, `norm` precedes it. Default: `fc_norm` for `mean`. */
  readonly lastNorm?: 'norm' | 'fc_norm' | undefined;
  /** ε of every layer norm; default 1e-6. */
  readonly epsilon?: number | undefined;
  /** Default `true`. */
  readonly qkvBias?: boolean | undefined;
  /** Default {@link imageNet}. */
  readonly normalisation?: TileNormalisation | undefined;
}

/** Widths, depths and heads of the usual sizes, to be spread into {@link vitSpec}. */
export const vitSizes = {
  small: { embedDim: 384, depth: 12, heads: 6 },
  base: { embedDim: 768, depth: 12, heads: 12 },
  large: { embedDim: 1024, depth: 24, heads: 16 },
  huge: { embedDim: 1280, depth: 32, heads: 16 },
  giant: { embedDim: 1536, depth: 40, heads: 24 },
} as const;

/**
 * A vision transformer without its classifier; names of weights as in timm. Tiles of any side that is whole patches: position
 * vectors are resampled (bicubic, antialiased) where it is not the one they are for.
 *
 * @example
 * ```ts
 * const mine = vitSpec({ name: 'vit-s16', summary: 'ViT-S/16, 384 features', ...vitSizes.small });
 * encoders.with(mine).build({ name: 'vit-s16' }, random);
 * ```
 * @see Dosovitskiy et al. 2021, An image is worth 16x16 words
 */
export function vitSpec(options: VitOptions): EncoderSpec {
  const { imageSizePx = 224, patchSizePx = 16, embedDim, heads, classToken = true, pool = 'token' } = options;
  for (const side of [imageSizePx, options.inputSizePx ?? imageSizePx]) {
    if (side % patchSizePx !== 0) throw new RangeError(`${side} pixels are no whole patches of ${patchSizePx}`);
  }
  if (embedDim % heads !== 0) throw new RangeError(`${embedDim} channels cannot be dealt to ${heads} heads`);
  if (pool === 'token' && !classToken) throw new RangeError('pool "token" needs a class token');
  const spec: EncoderSpec = Object.freeze({
    name: options.name,
    summary: options.summary,
    paper: options.paper ?? 'Dosovitskiy et al. 2021, An image is worth 16x16 words, arXiv:2010.11929',
    featureDim: embedDim,
    inputSizePx: options.inputSizePx ?? imageSizePx,
    normalisation: options.normalisation ?? imageNet,
    stages: Object.freeze([
      { name: 'tokens', featureDim: embedDim, parameters: ['cls_token', 'reg_token', 'pos_embed', 'patch_embed.'] },
      ...Array.from({ length: options.depth }, (_, i) => ({ name: `blocks.${i}`, featureDim: embedDim, parameters: [`blocks.${i}.`] })),
    ]),
    currentNames: (dict: StateDict) => currentVitNames(dict, options),
    build: ({ random }: { readonly random: RandomStream }) => new Vit(spec, options, random),
  });
  return spec;
}

class Vit extends Module implements Encoder {
  readonly spec: EncoderSpec;
  readonly #patchSizePx: number;
  readonly #meanPool: boolean;
  readonly #normFirst: boolean;
  readonly #tokens: VitTokens;
  readonly #stages: readonly WalkStage[];
  readonly #norm: LayerNorm;

  constructor(spec: EncoderSpec, options: VitOptions, random: RandomStream) {
    super();
    const { embedDim, depth, heads, patchSizePx = 16, mlpRatio = 4, epsilon = 1e-6, pool = 'token' } = options;
    const { classToken = true, registers = 0, positionsForAll = true, mlp = 'mlp', activation = 'gelu', layerScale = null } = options;
    const { lastNorm = pool === 'mean' ? 'fc_norm' : 'norm', qkvBias = true } = options;
    this.spec = spec;
    this.#patchSizePx = patchSizePx;
    this.#meanPool = pool === 'mean';
    this.#normFirst = lastNorm === 'norm';
    const initialiser = pooledNormal(0.02, random.fork('pool'));
    const shared = { width: embedDim, initialiser };
    const grid = (options.imageSizePx ?? 224) / patchSizePx;
    const tokens = new VitTokens({ ...shared, patchSizePx, grid, classToken, registers, positionsForAll, random: random.fork('tokens') });
    this.#tokens = tokens;
    const blocks = Array.from({ length: depth }, (_, i) => {
      const options = { ...shared, heads, mlp, activation, layerScale, qkvBias, epsilon, random: random.fork('blocks', i) };
      const block = this.child(`blocks.${i}`, new VitBlock({ ...options, hiddenDim: Math.trunc(embedDim * mlpRatio) }));
      return stage(`blocks.${i}`, block);
    });
    this.#stages = [stage('tokens', tokens), ...blocks];
    this.#norm = this.child(lastNorm, new LayerNorm(embedDim, { epsilon }));
  }

  /** The tokens' parameters stand at the top level. */
  override named(prefix = ''): Map<string, Parameter> {
    return new Map([...this.#tokens.named(prefix), ...super.named(prefix)]);
  }

  forward(tiles: Tensor4D, context: ForwardContext): Tensor2D {
    requireWholePatches(this.spec, tiles, this.#patchSizePx);
    const walk = walkStages(new RecomputedWalk(tiles, context.inputGradient === true), this.#stages, context);
    return walk.step([this.#norm], (x) => tidy(() => this.#pooled(x))).end as Tensor2D;
  }

  stageMaps(tiles: Tensor4D, wanted: readonly string[]): Map<string, Tensor4D> {
    requireWholePatches(this.spec, tiles, this.#patchSizePx);
    const [count, height, width] = tiles.shape;
    const shape = [count, height / this.#patchSizePx, width / this.#patchSizePx, this.spec.featureDim] as const;
    return walkedMaps(tiles, this.#stages, wanted, (x) =>
      tidy(() => reshape(slice(x, [0, this.#tokens.prefix, 0], [-1, -1, -1]), [...shape]) as Tensor4D),
    );
  }

  #pooled(tokens: Tensor): Tensor {
    const [tiles, count, width] = tokens.shape as [number, number, number];
    if (!this.#meanPool) return this.#norm.forward(reshape(slice(tokens, [0, 0, 0], [tiles, 1, width]), [tiles, width]));
    const { prefix } = this.#tokens;
    const patches = slice(tokens, [0, prefix, 0], [tiles, count - prefix, width]);
    return this.#normFirst ? mean(this.#norm.forward(patches), 1) : this.#norm.forward(mean(patches, 1));
  }
}

function stage(name: string, module: VitTokens | VitBlock): WalkStage {
  return { name, modules: [module], steps: [(walk) => walk.step([module], (x) => module.forward(x))] };
}
