import type { RandomStream } from '@slidestream/core';
import { type Initialiser, Module, normal, type Parameter } from '@slidestream/tensors';
import { add, concat, reshape, slice, type Tensor, tidy, tile } from '@tensorflow/tfjs-core';
import { PatchEmbedding } from './patch-embedding.js';
import { resamplePositions } from './resample-positions.js';

/** Sizes of {@link VitTokens}. */
export interface VitTokensOptions {
  readonly width: number;
  readonly patchSizePx: number;
  /** Side of the grid of patches that the position vectors are for. */
  readonly grid: number;
  readonly classToken: boolean;
  readonly registers: number;
  /** Whether class token and registers have position vectors too. */
  readonly positionsForAll: boolean;
  readonly random: RandomStream;
  readonly initialiser: Initialiser;
}

/**
 * Tiles to tokens: class token, registers, patches, and where they are (Dosovitskiy et al. 2021, eq. 1). Names as in timm: `cls_token`,
 * `reg_token`, `pos_embed`, `patch_embed.proj`.
 */
export class VitTokens extends Module {
  /** Tokens in front of the patches. */
  readonly prefix: number;
  readonly #prefixes: readonly Parameter[];
  readonly #positions: Parameter;
  readonly #patches: PatchEmbedding;
  readonly #options: VitTokensOptions;

  constructor(options: VitTokensOptions) {
    super();
    const { width, grid, classToken, registers, positionsForAll, random, initialiser } = options;
    this.#options = options;
    this.prefix = (classToken ? 1 : 0) + registers;
    const fans = { fanIn: width, fanOut: width };
    const token = (name: string, count: number): Parameter[] =>
      count === 0 ? [] : [this.parameter(name, normal(1e-6)([1, count, width], random.fork(name), fans))];
    this.#prefixes = [...token('cls_token', classToken ? 1 : 0), ...token('reg_token', registers)];
    const places = grid * grid + (positionsForAll ? this.prefix : 0);
    this.#positions = this.parameter('pos_embed', initialiser([1, places, width], random.fork('pos_embed'), fans));
    const { patchSizePx } = options;
    const patches = new PatchEmbedding({ inChannels: 3, outChannels: width, patchSizePx, random: random.fork('patch_embed') });
    this.#patches = this.child('patch_embed.proj', patches);
  }

  /** float32 [T, h, w, 3], whose sides are whole patches → [T, prefix + patches, D]. */
  forward(tiles: Tensor): Tensor {
    return tidy(() => {
      const { width, grid } = this.#options;
      const patches = this.#patches.forward(tiles);
      const [count, rows, columns] = patches.shape as [number, number, number, number];
      const all = reshape(this.#positions.variable, [-1, width]);
      const placed = (all.shape[0] as number) - grid * grid;
      const own = slice(all, [placed, 0], [grid * grid, width]);
      const places = resamplePositions(own, [grid, grid], [rows, columns]);
      const tokens = add(reshape(patches, [count, rows * columns, width]), places);
      if (this.prefix === 0) return tokens;
      const front = reshape(
        concat(
          this.#prefixes.map(({ variable }) => variable as Tensor),
          1,
        ),
        [this.prefix, width],
      );
      const shifted = placed === 0 ? front : add(front, slice(all, [0, 0], [placed, width]));
      return concat([tile(reshape(shifted, [1, this.prefix, width]), [count, 1, 1]), tokens], 1);
    });
  }
}
