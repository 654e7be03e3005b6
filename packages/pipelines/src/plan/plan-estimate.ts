import type { RunConfig } from '@slidestream/config';
import type { Fold } from '@slidestream/labels';
import type { ModelMeasure } from './measure-model.js';

/** What a run would take, from what was measured. */
export interface PlanEstimate {
  /** By scale. */
  readonly tiles: Readonly<Record<string, number>>;
  readonly folds: number;
  /** Training steps of all folds and epochs, as if none stopped early. */
  readonly steps: number;
  /** Of all stages. */
  readonly seconds: {
    readonly tile: number;
    readonly pack: number;
    readonly embed: number;
    readonly train: number;
    readonly evaluate: number;
  };
  readonly diskBytes: { readonly stores: number; readonly features: number; readonly checkpoints: number };
  /** Greatest resident memory of the training process. */
  readonly memoryBytes: number;
  readonly parameters: number;
}

/** What was measured or counted before. */
export interface PlanMeasures {
  readonly tiles: Readonly<Record<string, number>>;
  /** Tiles of the scale that is trained and evaluated, and how many a slide has of them. */
  readonly mainTiles: number;
  readonly tilesPerSlide: number;
  readonly storeBytes: number;
  /** Seconds of one core. */
  readonly tileSeconds: number;
  readonly packSeconds: number;
  readonly cores: number;
  readonly model: ModelMeasure;
}

/** Weights, two moments of the optimiser, and a teacher at most; the two newest are kept, and the best. */
const COPIES = 9;
const FLOAT_BYTES = 4;
/** Pages and checksums of a store beside its tiles, as measured. */
const STORE_OVERHEAD = 1.15;

/** Adds up what the stages of a run would take. */
export function planEstimate(config: RunConfig, folds: readonly Fold[], measures: PlanMeasures): PlanEstimate {
  const { model, tiles, mainTiles, tilesPerSlide, cores } = measures;
  const { epochs, batchSize } = config.training;
  const onFeatures = config.mode === 'features';
  const perBag = config.sampling.count ?? tilesPerSlide;
  const sum = (figure: (fold: Fold) => number): number => folds.reduce((total, fold) => total + figure(fold), 0);
  const trained = sum(({ train }) => train.length * epochs) * perBag;
  const models = config.training.ema === undefined ? 1 : 2;
  const evaluated = sum(({ val, test }) => val.length * (epochs * models + 1) + test.length) * tilesPerSlide;
  return {
    tiles,
    folds: folds.length,
    steps: sum(({ train }) => Math.ceil(train.length / batchSize) * epochs),
    seconds: {
      tile: measures.tileSeconds,
      pack: measures.packSeconds / cores,
      embed: onFeatures ? mainTiles * model.forwardSeconds : 0,
      // A head on features takes a small part of what its features took.
      train: trained * (model.trainSeconds ?? 0),
      evaluate: onFeatures ? 0 : evaluated * model.forwardSeconds,
    },
    diskBytes: {
      stores: measures.storeBytes * STORE_OVERHEAD,
      features: onFeatures ? mainTiles * model.featureDim * FLOAT_BYTES : 0,
      checkpoints: model.parameters * FLOAT_BYTES * COPIES * folds.length,
    },
    memoryBytes: model.memoryBytes,
    parameters: model.parameters,
  };
}
