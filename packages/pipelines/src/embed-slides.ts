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
import { onLease, type SlideDone } from './ledger/on-lease.js';
import { inShard } from './ledger/shard.js';
import { openLedger, type SharingOptions, type SlideTask, WORK_FOLDER } from './ledger/slide-ledger.js';
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
  /** How workers that are given the same tiles and folder share the slides. */
  readonly sharing?: SharingOptions | undefined;
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

/**
 * Features of every slide, one file a slide, rows in tile order. Finished slides are passed over, so that a stopped run goes on. Any number of
 * processes on any number of machines may write into one folder.
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
    const missingOf = (slide: string): ReadyEncoder[] => encoders.filter(({ name }) => !existsSync(pathOf(name, slide)));
    const failures: ItemFailure<SlideTask<number>>[] = [];
    const { sharing } = options;
    const ledger = await openLedger<number>({
      folder: join(options.out, WORK_FOLDER),
      stage: 'embed',
      slides: source.slides,
      sharing,
      outputs: (slide) => encoders.map(({ name }) => pathOf(name, slide)),
      complete: async (slide) => (missingOf(slide).length === 0 ? 0 : null),
      request: async (slide) => JSON.stringify([options.encoders, from, await source.fingerprint(slide)]),
      ...context,
    });
    const embed = onLease<number>(ledger, (slide, signal) => embedSlide(slide, missingOf(slide), { source, pathOf, options, signal }));
    const { tileCount } = source;
    const mine = source.slides.filter((slide) => inShard(slide, sharing?.shard));
    // One slide at a time: the encoder fills the machine, and reading goes on beside it.
    const done$ = mapConcurrent(attempt(embed), { concurrency: 1, signal: context.signal })(ledger.tasks()).pipe(
      collectFailures<SlideDone<number>, SlideTask<number>>({ upTo: Number.POSITIVE_INFINITY, into: failures }),
      progress({
        unit: tileCount === null ? 'slides' : 'tiles',
        onProgress: context.onProgress,
        total: sharing?.retryFailed === true ? null : mine.reduce((sum, slide) => sum + (tileCount?.(slide) ?? 1), 0),
        amount: ({ slide }) => tileCount?.(slide) ?? 1,
        current: ({ slide }) => slide,
      }),
      toArray(),
    );
    const done = await lastValueFrom(done$).finally(() => ledger.close());
    return {
      slides: done.length,
      skipped: done.filter(({ fresh }) => !fresh).length,
      tiles: done.reduce((sum, { detail, fresh }) => sum + (fresh ? detail : 0), 0),
      encoders: encoders.map(({ name, encoder }) => ({ name, out: folders.get(name) as string, featureDim: encoder.spec.featureDim })),
      failures: failures.map(({ item, error }) => ({ slide: item.slide, error })),
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
