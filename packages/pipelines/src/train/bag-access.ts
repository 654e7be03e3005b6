import type { EncoderSpec } from '@slidestream/backbones';
import type { RunConfig } from '@slidestream/config';
import { SlidestreamError } from '@slidestream/core';
import type { BagSource, BatchSource } from '@slidestream/training';
import { type FeatureSource, featureBags, featureBatches } from './feature-batches.js';
import type { LabelledBag } from './labelled-bag.js';
import { tileBags, tileBatches } from './tile-batches.js';
import type { TileScaleSource } from './tile-scale-source.js';
import { tileInputOf } from './training-settings.js';

/** Where the instances of a run come from. */
export type InstanceAccess =
  | { readonly kind: 'tiles'; readonly high: TileScaleSource; readonly low?: TileScaleSource | undefined; readonly encoder: EncoderSpec }
  | { readonly kind: 'features'; readonly source: FeatureSource };

/** The slides of a bag that cannot be read at every scale that is needed, or hold fewer tiles than the configuration asks for. */
export function missingSlides(bag: LabelledBag, access: InstanceAccess, { data }: RunConfig): string[] {
  const has = (slide: string): boolean => {
    if (access.kind === 'features') return access.source.has(slide);
    const { high, low } = access;
    return high.has(slide) && high.count(slide) >= data.minTiles && (low === undefined || low.has(slide));
  };
  return bag.slides.filter((slide) => !has(slide));
}

/** Training batches by a configuration. */
export function batchesOf<Target>(
  bags: readonly LabelledBag<Target>[],
  access: InstanceAccess,
  config: RunConfig,
): BatchSource<never, Target> {
  const { sampling, training, seed } = config;
  const shared = { bags, count: sampling.count, batchSize: training.batchSize, seed };
  const batches =
    access.kind === 'features'
      ? featureBatches({ ...shared, source: access.source })
      : tileBatches({ ...shared, high: access.high, low: access.low, lowShare: Object.values(sampling.share ?? {})[0] ?? 0 });
  return batches as unknown as BatchSource<never, Target>;
}

/** Whole bags for evaluation. */
export function evaluationBagsOf<Target>(
  bags: readonly LabelledBag<Target>[],
  access: InstanceAccess,
  config: RunConfig,
): BagSource<Target> {
  if (access.kind === 'features') return featureBags(bags, access.source);
  return tileBags(bags, access.high, config.evaluation.tilesPerChunk);
}

/** What turns tiles into the encoder's input; `undefined` on features. */
export function inputOf(access: InstanceAccess, config: RunConfig): ReturnType<typeof tileInputOf> | undefined {
  if (access.kind === 'features') return undefined;
  const { high, low, encoder } = access;
  if (low !== undefined && low.tileSizePx !== high.tileSizePx) {
    throw new SlidestreamError({
      code: 'pipelines/scale-size',
      category: 'data',
      message: `tiles of the low scale are ${low.tileSizePx} pixels, those of the high scale ${high.tileSizePx}`,
      hint: 'Pack both scales at one size (store.sizePx)',
    });
  }
  return tileInputOf(config, encoder, high.tileSizePx);
}
