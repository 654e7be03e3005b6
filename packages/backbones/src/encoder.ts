import type { RandomStream, StateDict } from '@slidestream/core';
import type { ForwardContext, Module } from '@slidestream/tensors';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';

/** How 8-bit RGB becomes an encoder's input: (v − mean) / std per channel, on the 0–255 scale. */
export interface TileNormalisation {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/** A part of an encoder that can be kept as it is while later ones are trained, and whose output can be looked at. */
export interface EncoderStage {
  readonly name: string;
  /** Channels of what it gives. */
  readonly featureDim: number;
  /** Beginnings of the names of its parameters. */
  readonly parameters: readonly string[];
}

/** An image encoder: one vector a tile. */
export interface Encoder extends Module {
  readonly spec: EncoderSpec;
  /**
   * Stages at the front of which nothing is trainable run in evaluation mode and keep nothing for the way back.
   *
   * @param tiles - normalised RGB, float32 [T, h, w, 3]
   * @returns features, float32 [T, D]; differentiable by the trainable parameters through tfjs' autograd
   */
  forward(tiles: Tensor4D, context: ForwardContext): Tensor2D;
  /**
   * What the stages in `wanted` give, in evaluation mode and without gradient; {@link stageMaps} is the way to it.
   *
   * @returns float32 [T, h', w', C'] by stage, owned by the caller; tokens that are no patches are left out
   */
  stageMaps?(tiles: Tensor4D, wanted: readonly string[]): Map<string, Tensor4D>;
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
  /** From the tiles to the features; every parameter is in one, or behind all. */
  readonly stages?: readonly EncoderStage[] | undefined;
  /** Weights under names of other releases of the network as this one's, where there are such; other names stay. */
  readonly currentNames?: ((dict: StateDict) => StateDict) | undefined;
  /** Beginnings of names of tensors that files of the whole network hold and this part of it does not (`model.layer4.`). */
  readonly leavesOut?: readonly string[] | undefined;
  /** Fresh weights drawn from `random`. */
  build(options: { readonly random: RandomStream }): Encoder;
}
