import * as tf from '@tensorflow/tfjs-core';
import { applyColour } from './apply-colour.js';
import type { ByteTable } from './place-tile.js';
import type { TileImages } from './tile-images.js';
import { identityTransform, type TileTransform } from './tile-transform.js';
import { warpTiles } from './warp-tiles.js';

/** How 8-bit values become an encoder's input: (v − mean) / std per channel, on the 0–255 scale. */
export interface Normalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** Options of {@link augmentTiles} and {@link toNormalisedTensor}. */
export interface TensorOptions {
  /** Side of the result. */
  readonly sizePx: number;
  readonly normalisation: Normalisation;
  /** Which tiles: `from` ≤ i < `to`; default all. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/**
 * Transforms tiles and makes them an encoder's input. Geometry and normalisation are folded into the one walk that turns bytes into floats;
 * only changes of colour are tensor operations.
 *
 * @param transforms - one for each of the chosen tiles
 * @returns float32 [to − from, sizePx, sizePx, 3]
 * @throws SlidestreamError `augment/needs-square-tiles`, `augment/wrong-length`
 */
export function augmentTiles(tiles: TileImages, transforms: readonly TileTransform[], options: TensorOptions): tf.Tensor4D {
  const { sizePx, normalisation, from = 0, to = tiles.count } = options;
  const colours = transforms.map(({ colour }) => colour);
  const coloured = colours.some((colour) => colour !== null);
  const values = warpTiles(tiles, from, to, transforms, sizePx, byteTable(coloured ? identity : normalisation));
  return tf.tidy(() => {
    const warped = tf.tensor4d(values, [to - from, sizePx, sizePx, 3]);
    if (!coloured) return warped;
    const changed = applyColour(warped, colours);
    return tf.div(tf.sub(changed, tf.tensor1d([...normalisation.mean])), tf.tensor1d([...normalisation.std])) as tf.Tensor4D;
  });
}

/**
 * Tiles as they are, resized where their size differs, as an encoder's input: float32 [to − from, sizePx, sizePx, 3]. So a store of 256 pixels serves
 * an encoder of 224: resized, not cropped in the middle, since a fifth of the tissue would be seen by nobody.
 */
export function toNormalisedTensor(tiles: TileImages, options: TensorOptions): tf.Tensor4D {
  const { from = 0, to = tiles.count } = options;
  return augmentTiles(tiles, new Array<TileTransform>(to - from).fill(identityTransform), options);
}

const identity: Normalisation = { mean: [0, 0, 0], std: [1, 1, 1] };

function byteTable({ mean, std }: Normalisation): ByteTable {
  const table = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel++) {
    for (let value = 0; value < 256; value++) table[channel * 256 + value] = (value - (mean[channel] as number)) / (std[channel] as number);
  }
  return table;
}
