import { type TileInput, tileInput } from '@slidestream/augment';
import { type ChannelOrder, type Encoder, type EncoderRegistry, encoders as ownEncoders } from '@slidestream/backbones';
import { randomStream } from '@slidestream/core';
import * as tf from '@tensorflow/tfjs-core';
import { fillEncoder } from '../train/encoder-weights.js';
import type { EmbedBag } from './embed-source.js';

/** An encoder to embed with. */
export interface EmbedEncoder {
  readonly name: string;
  /** State dict; default: the encoder's own initialisation. */
  readonly weights?: string | undefined;
  /** Order of a tile's channels where the weights were trained; default `rgb`. */
  readonly channelOrder?: ChannelOrder | undefined;
  /** Take weights that do not fit wholly; default `false`. */
  readonly partialWeights?: boolean | undefined;
  /** Side of its input; default: its own. */
  readonly inputSizePx?: number | undefined;
}

/** An encoder that is built and filled. */
export interface ReadyEncoder {
  readonly name: string;
  readonly encoder: Encoder;
  readonly input: TileInput;
}

/** Builds encoders and fills them. The caller disposes of them. @throws SlidestreamError `encoders/*`, `format/*`, `io/*` */
export async function buildEncoders(asked: readonly EmbedEncoder[], registry: EncoderRegistry = ownEncoders): Promise<ReadyEncoder[]> {
  const ready: ReadyEncoder[] = [];
  try {
    for (const { name, inputSizePx, channelOrder, ...weights } of asked) {
      const encoder = registry.build({ name, channelOrder }, randomStream('embed'));
      const { spec } = encoder;
      ready.push({ name, encoder, input: tileInput({ sizePx: inputSizePx ?? spec.inputSizePx, normalisation: spec.normalisation }) });
      await fillEncoder(encoder, weights);
    }
    return ready;
  } catch (error) {
    for (const { encoder } of ready) encoder.dispose();
    throw error;
  }
}

/** Features of every tile by each encoder, float32 [N, D] each, in one pass over the pixels. @param portion - tiles in an encoder at a time */
export async function encodeBag(
  bag: EmbedBag,
  encoders: readonly ReadyEncoder[],
  { portion, signal }: { readonly portion: number; readonly signal: AbortSignal },
): Promise<Float32Array[]> {
  const features = encoders.map(({ encoder }) => new Float32Array(bag.count * encoder.spec.featureDim));
  let from = 0;
  for await (const tiles of bag.tiles(portion, signal)) {
    signal.throwIfAborted();
    for (const [k, { encoder, input }] of encoders.entries()) {
      const encoded = tf.tidy(() =>
        encoder.forward(input.plain(tiles, 0, tiles.count), { training: false, random: randomStream('embed') }),
      );
      (features[k] as Float32Array).set(await encoded.data(), from * encoder.spec.featureDim);
      encoded.dispose();
    }
    from += tiles.count;
  }
  return features;
}
