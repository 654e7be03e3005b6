import type { EncoderSpec } from '@slidestream/backbones';
import { SlidestreamError } from '@slidestream/core';
import type { BagSource, BatchSource } from '@slidestream/training';
import type { RunConfig } from '../run-config.js';
import { type FeatureSource, featureBags, featureBatches } from './feature-batches.js';
import type { LabelledBag } from './labelled-bag.js';
import { tileBags, tileBatches } from './tile-batches.js';
import type { TileScaleSource } from './tile-scale-source.js';
import { tileInputOf } from './training-settings.js';

/** Where the instances of a run come from. */
export type InstanceAccess =
  | { readonly kind: 'tiles'; readonly high: TileScaleSource; readonly low?: TileScaleSource | undefined; readonly encoder: EncoderSpec }
  | { readonly kind: 'features'; readonly source: FeatureSource };

/** Whether every slide of a bag can be read at every scale that is needed. */
export function missingSlides(bag: LabelledBag, access: InstanceAccess): string[] {
  const has = (slide: string): boolean =>
    access.kind === 'features' ? access.source.has(slide) : access.high.has(slide) && (access.low === undefined || access.low.has(slide));
  return bag.slides.filter((slide) => !has(slide));
}

/** Training batches by a configuration. */
export function batchesOf<Target>(bags: readonly LabelledBag<Target>[], access: InstanceAccess, config: RunConfig): BatchSource<never, Target> {
  const { sampling, training, seed } = config;
  const { batchSize, dropLast, loadAhead } = training;
  const shared = { bags, count: sampling.count, pad: sampling.pad, batchSize, dropLast, seed, ahead: loadAhead };
  const batches =
    access.kind === 'features'
      ? featureBatches({ ...shared, source: access.source })
      : tileBatches({ ...shared, high: access.high, low: access.low, lowShare: sampling.lowShare });
  return batches as unknown as BatchSource<never, Target>;
}

/** Whole bags for evaluation. */
export function evaluationBagsOf<Target>(bags: readonly LabelledBag<Target>[], access: InstanceAccess, config: RunConfig): BagSource<Target> {
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
