import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TileInput, tileInput } from '@slidestream/augment';
import { type ChannelOrder, type Encoder, type EncoderRegistry, encoders as ownEncoders } from '@slidestream/backbones';
import { randomStream, type SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { type EngineOptions, startEngine } from '@slidestream/engine-node';
import { type FeatureBag, type WriteFeaturesOptions, writeFeatures } from '@slidestream/formats';
import { openTileStore, type TileStoreReader } from '@slidestream/lmdb-io';
import { attempt, collectFailures, type ItemFailure, mapConcurrent, progress } from '@slidestream/streams';
import * as tf from '@tensorflow/tfjs-core';
import { lastValueFrom, toArray } from 'rxjs';
import type { RecipeContext } from './recipe-context.js';
import { fillEncoder } from './train/encoder-weights.js';
import { storeTiles, type TileScaleSource } from './train/tile-scale-source.js';

/** What to embed, with what, and where to. */
export interface EmbedOptions {
  /** Tile store. */
  readonly store: string;
  readonly encoder: string;
  readonly weights?: string | undefined;
  /** Order of a tile's channels where the weights were trained; default `rgb`. */
  readonly channelOrder?: ChannelOrder | undefined;
  /** Take weights that do not fit wholly; default `false`. */
  readonly partialWeights?: boolean | undefined;
  readonly out: string;
  /** Default `pt`. */
  readonly format?: 'pt' | 'h5' | 'safetensors' | undefined;
  /** Layout of `.h5`; default CLAM's. */
  readonly layout?: WriteFeaturesOptions['layout'];
  /** Side of the encoder's input; default: the encoder's own. */
  readonly inputSizePx?: number | undefined;
  /** Tiles in the encoder at a time: the bound on memory; default 64. */
  readonly tilesPerChunk?: number | undefined;
  /** Only these slides; default: all of the store. */
  readonly slides?: readonly string[] | undefined;
  readonly encoders?: EncoderRegistry | undefined;
  readonly engine?: EngineOptions | undefined;
}

/** What embedding gave. */
export interface EmbedSummary {
  /** Slides whose features are there now, and how many of them were there before. */
  readonly slides: number;
  readonly skipped: number;
  readonly tiles: number;
  readonly featureDim: number;
  readonly failures: readonly { readonly slide: string; readonly error: SlidestreamError }[];
}

/**
 * Features of every slide of a store, one file a slide, rows in tile order. Finished slides are passed over, so that a stopped run goes on.
 *
 * @throws SlidestreamError `encoder/*`, `engine/*`, `store/*`, `io/*`, `streams/stopped`
 */
export async function embedSlides(options: EmbedOptions, context: RecipeContext): Promise<EmbedSummary> {
  const { out, format = 'pt', encoders = ownEncoders, tilesPerChunk = 64 } = options;
  await startEngine({ ...options.engine, deterministic: true });
  await mkdir(out, { recursive: true }).catch((error: unknown) => {
    throw ioError(error, out);
  });
  const reader = openTileStore(options.store);
  const encoder = encoders.build({ name: options.encoder, channelOrder: options.channelOrder }, randomStream('embed'));
  try {
    await fillEncoder(encoder, options);
    const source = await storeTiles(reader);
    const { normalisation, inputSizePx, featureDim } = encoder.spec;
    const input = tileInput({ sizePx: options.inputSizePx ?? inputSizePx, normalisation });
    const names = (options.slides ?? reader.slides).filter((slide) => options.slides === undefined || reader.slides.includes(slide));
    const failures: ItemFailure<string>[] = [];
    const embedOne = async (slide: string): Promise<{ slide: string; tiles: number; fresh: boolean }> => {
      const path = join(out, `${slide}.${format}`);
      const tiles = source.count(slide);
      if (existsSync(path)) return { slide, tiles, fresh: false };
      const features = await encodeSlide({ slide, source, encoder, input, tilesPerChunk, signal: context.signal });
      const bag: FeatureBag = {
        features,
        count: tiles,
        dim: featureDim,
        ...coordsOf(reader, slide),
        attributes: { encoder: options.encoder },
      };
      await writeFeatures(path, bag, { layout: options.layout });
      return { slide, tiles, fresh: true };
    };
    // One slide at a time: the encoder fills the machine, and reading goes on beside it.
    const done$ = mapConcurrent(attempt(embedOne), { concurrency: 1, signal: context.signal })(names).pipe(
      collectFailures<{ slide: string; tiles: number; fresh: boolean }, string>({ upTo: Number.POSITIVE_INFINITY, into: failures }),
      progress({
        unit: 'tiles',
        onProgress: context.onProgress,
        total: names.reduce((sum, slide) => sum + source.count(slide), 0),
        amount: ({ tiles }) => tiles,
        current: ({ slide }) => slide,
      }),
      toArray(),
    );
    const done = await lastValueFrom(done$);
    return {
      slides: done.length,
      skipped: done.filter(({ fresh }) => !fresh).length,
      tiles: done.reduce((sum, { tiles }) => sum + tiles, 0),
      featureDim,
      failures: failures.map(({ item, error }) => ({ slide: item, error })),
    };
  } finally {
    encoder.dispose();
    reader.close();
  }
}

interface EncodeSlide {
  readonly slide: string;
  readonly source: TileScaleSource;
  readonly encoder: Encoder;
  readonly input: TileInput;
  readonly tilesPerChunk: number;
  readonly signal: AbortSignal;
}

async function encodeSlide({ slide, source, encoder, input, tilesPerChunk, signal }: EncodeSlide): Promise<Float32Array> {
  const count = source.count(slide);
  const width = encoder.spec.featureDim;
  const features = new Float32Array(count * width);
  const readFrom = (from: number): ReturnType<TileScaleSource['read']> =>
    source.read(Array.from({ length: Math.min(tilesPerChunk, count - from) }, (_, i) => ({ slide, index: from + i })));
  let next = count === 0 ? undefined : readFrom(0);
  for (let from = 0; from < count; from += tilesPerChunk) {
    signal.throwIfAborted();
    const tiles = await next;
    next = from + tilesPerChunk < count ? readFrom(from + tilesPerChunk) : undefined;
    next?.catch(() => undefined);
    if (tiles === undefined) break;
    const encoded = tf.tidy(() => encoder.forward(input.plain(tiles, 0, tiles.count), { training: false, random: randomStream('embed') }));
    features.set(await encoded.data(), from * width);
    encoded.dispose();
  }
  return features;
}

function coordsOf(reader: TileStoreReader, slide: string): Pick<FeatureBag, 'coords' | 'coordsUnit'> {
  const info = reader.slideInfo(slide);
  return info === null ? { coords: null, coordsUnit: null } : { coords: Float64Array.from(info.coords), coordsUnit: 'px' };
}
