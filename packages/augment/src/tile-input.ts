import type { RandomPath } from '@slidestream/core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { augmentTiles, type Normalisation, toNormalisedTensor } from './augment-tiles.js';
import type { Augmentation } from './augmentation.js';
import { drawTransforms } from './draw-transforms.js';
import type { TileImages } from './tile-images.js';

/** What turns 8-bit tiles into an encoder's input, with or without augmentation. */
export interface TileInput {
  /** Tiles `from` ≤ i < `to` as they are, scaled to the encoder's size and normalised: float32 [to − from, h, w, 3]. */
  plain(tiles: TileImages, from: number, to: number): Tensor4D;
  /**
   * The same, augmented. Exact chunked training asks twice for the same tiles, so what is drawn depends on `path` and `keys` alone.
   *
   * @param keys - a name for each tile, [T]
   * @param path - seed and epoch
   */
  augmented(tiles: TileImages, keys: readonly string[], from: number, to: number, path: RandomPath): Tensor4D;
}

/** Options of {@link tileInput}. */
export interface TileInputOptions {
  /** Side of the encoder's input. */
  readonly sizePx: number;
  readonly normalisation: Normalisation;
  /** Default: none. */
  readonly augmentation?: Augmentation | undefined;
}

/**
 * The input stage of an encoder.
 *
 * @example
 * ```ts
 * const input = tileInput({ sizePx: 224, normalisation: encoder.spec.normalisation, augmentation: { flipX: 0.5, flipY: 0.5, quarterTurns: true } });
 * ```
 */
export function tileInput(options: TileInputOptions): TileInput {
  const { sizePx, normalisation, augmentation = {} } = options;
  return {
    plain: (tiles, from, to) => toNormalisedTensor(tiles, { sizePx, normalisation, from, to }),
    augmented: (tiles, keys, from, to, path) => {
      const transforms = drawTransforms(augmentation, tiles, keys, path, from, to);
      return augmentTiles(tiles, transforms, { sizePx, normalisation, from, to });
    },
  };
}
