import type { RandomStream, StateDict } from '@slidestream/core';
import type { ForwardContext, Module } from '@slidestream/tensors';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** How 8-bit RGB becomes an encoder's input: (v − mean) / std per channel, on the 0–255 scale. */
export interface TileNormalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** An image encoder: one vector a tile. */
export interface Encoder extends Module {
  readonly spec: EncoderSpec;
  /**
   * @param tiles - normalised RGB, float32 [T, h, w, 3]
   * @returns features, float32 [T, D]; differentiable by the trainable parameters through tfjs' autograd
   */
  forward(tiles: Tensor4D, context: ForwardContext): Tensor2D;
}

/** An encoder as one frozen value; a third party writes the same file in a package of its own. */
export interface EncoderSpec {
  readonly name: string;
  readonly summary: string;
  readonly paper: string;
  readonly featureDim: number;
  /** Side of the tiles that it was made for. */
  readonly inputSizePx: number;
  readonly normalisation: TileNormalisation;
  /** Weights under names of other releases of the network as this one's, where there are such; other names stay. */
  readonly currentNames?: ((dict: StateDict) => StateDict) | undefined;
  /** Fresh weights drawn from `random`. */
  build(options: { readonly random: RandomStream }): Encoder;
}
