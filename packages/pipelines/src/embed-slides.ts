import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { EncoderRegistry } from '@slidestream/backbones';
import { SlidestreamError } from '@slidestream/core';
import { ioError } from '@slidestream/core/node';
import { type EngineOptions, startEngine } from '@slidestream/engine-node';
import { type WriteFeaturesOptions, writeFeatures } from '@slidestream/formats';
import { attempt, collectFailures, type ItemFailure, mapConcurrent, progress } from '@slidestream/streams';
import { lastValueFrom, toArray } from 'rxjs';
import { buildEncoders, type EmbedEncoder, encodeBag, type ReadyEncoder } from './embed/embed-encoders.js';
import type { EmbedSource } from './embed/embed-source.js';
import { type SlideSourceOptions, slideSource } from './embed/slide-source.js';
import { storeSource } from './embed/store-source.js';
import type { RecipeContext } from './recipe-context.js';

/** Tiles to embed: those of a store, or those of slides, which are read without a store between. */
export type EmbedFrom =
  | {
      /** Tile store. */
      readonly store: string;
      /** Only these of its slides; default: all. */
      readonly only?: readonly string[] | undefined;
    }
  | SlideSourceOptions;

/** What to embed, with what, and where to. */
export interface EmbedOptions {
  readonly from: EmbedFrom;
  /** All see the same pixels, which are read once. */
  readonly encoders: readonly EmbedEncoder[];
  /** Features of one encoder are `{slide}.{format}` in it, those of several in a folder for each. */
  readonly out: string;
  /** Default `pt`. */
  readonly format?: 'pt' | 'h5' | 'safetensors' | undefined;
  /** Layout of `.h5`; default CLAM's. */
  readonly layout?: WriteFeaturesOptions['layout'];
  /** Tiles in an encoder at a time: the bound on memory; default 64. */
  readonly tilesPerChunk?: number | undefined;
  readonly registry?: EncoderRegistry | undefined;
  readonly engine?: EngineOptions | undefined;
}

/** What embedding gave. */
export interface EmbedSummary {
  /** Slides whose features are there now, and how many of them were there before. */
  readonly slides: number;
  readonly skipped: number;
  /** Tiles of the slides that were embedded now. */
  readonly tiles: number;
  readonly encoders: readonly { readonly name: string; readonly out: string; readonly featureDim: number }[];
  readonly failures: readonly { readonly slide: string; readonly error: SlidestreamError }[];
}

/** A slide that is done. */
interface Embedded {
  readonly slide: string;
  readonly tiles: number;
  readonly fresh: boolean;
}

/**
 * Features of every slide, one file a slide, rows in tile order. Finished slides are passed over, so that a stopped run goes on.
 *
 * @throws SlidestreamError `encoder/*`, `engine/*`, `store/*`, `io/*`, `streams/stopped`, `embed/no-such-scale`
 */
export async function embedSlides(options: EmbedOptions, context: RecipeContext): Promise<EmbedSummary> {
  const { from, format = 'pt' } = options;
  if (new Set(options.encoders.map(({ name }) => name)).size < options.encoders.length) throw namedTwice();
  const source = await ('store' in from ? storeSource(from.store, from.only) : slideSource(from));
  let encoders: readonly ReadyEncoder[] = [];
  try {
    await startEngine({ ...options.engine, deterministic: true });
    encoders = await buildEncoders(options.encoders, options.registry);
    const folders = new Map(encoders.map(({ name }) => [name, encoders.length === 1 ? options.out : join(options.out, name)]));
    for (const folder of folders.values()) {
      await mkdir(folder, { recursive: true }).catch((error: unknown) => {
        throw ioError(error, folder);
      });
    }
    const pathOf = (encoder: string, slide: string): string => join(folders.get(encoder) as string, `${slide}.${format}`);
    const failures: ItemFailure<string>[] = [];
    const embedOne = async (slide: string): Promise<Embedded> => {
      const missing = encoders.filter(({ name }) => !existsSync(pathOf(name, slide)));
      const fresh = missing.length > 0;
      const tiles = fresh ? await embedSlide(slide, missing, { source, pathOf, options, signal: context.signal }) : 0;
      return { slide, tiles, fresh };
    };
    const { tileCount, slides } = source;
    // One slide at a time: the encoder fills the machine, and reading goes on beside it.
    const done$ = mapConcurrent(attempt(embedOne), { concurrency: 1, signal: context.signal })(slides).pipe(
      collectFailures<Embedded, string>({ upTo: Number.POSITIVE_INFINITY, into: failures }),
      progress({
        unit: tileCount === null ? 'slides' : 'tiles',
        onProgress: context.onProgress,
        total: tileCount === null ? slides.length : slides.reduce((sum, slide) => sum + tileCount(slide), 0),
        amount: ({ slide }) => tileCount?.(slide) ?? 1,
        current: ({ slide }) => slide,
      }),
      toArray(),
    );
    const done = await lastValueFrom(done$);
    return {
      slides: done.length,
      skipped: done.filter(({ fresh }) => !fresh).length,
      tiles: done.reduce((sum, { tiles }) => sum + tiles, 0),
      encoders: encoders.map(({ name, encoder }) => ({ name, out: folders.get(name) as string, featureDim: encoder.spec.featureDim })),
      failures: failures.map(({ item, error }) => ({ slide: item, error })),
    };
  } finally {
    for (const { encoder } of encoders) encoder.dispose();
    source.close();
  }
}

interface EmbedSlide {
  readonly source: EmbedSource;
  readonly pathOf: (encoder: string, slide: string) => string;
  readonly options: EmbedOptions;
  readonly signal: AbortSignal;
}

/** Reads a slide's tiles once and writes a file for each encoder; how many tiles. */
async function embedSlide(slide: string, encoders: readonly ReadyEncoder[], job: EmbedSlide): Promise<number> {
  const { source, pathOf, options, signal } = job;
  const bag = await source.open(slide);
  try {
    const { count, coords, coordsUnit } = bag;
    if (count === 0) throw noTiles(slide);
    const features = await encodeBag(bag, encoders, { portion: options.tilesPerChunk ?? 64, signal });
    for (const [k, { name, encoder }] of encoders.entries()) {
      const own = { features: features[k] as Float32Array, count, dim: encoder.spec.featureDim, coords, coordsUnit };
      await writeFeatures(pathOf(name, slide), { ...own, attributes: { encoder: name } }, { layout: options.layout });
    }
    return count;
  } finally {
    await bag.close();
  }
}

function noTiles(slide: string): SlidestreamError {
  return new SlidestreamError({
    code: 'embed/no-tiles',
    category: 'data',
    message: 'the slide has no tiles',
    where: { slide },
    hint: 'Look at its mask, and choose other segmentation parameters, such as another --preset',
  });
}

function namedTwice(): SlidestreamError {
  return new SlidestreamError({ code: 'embed/encoder-twice', category: 'usage', message: 'an encoder is named twice' });
}
