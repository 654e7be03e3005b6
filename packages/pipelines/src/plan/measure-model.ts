import type { TileImages } from '@slidestream/augment';
import { encoders as ownEncoders } from '@slidestream/backbones';
import type { RunConfig } from '@slidestream/config';
import { randomStream } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import type { Fold } from '@slidestream/labels';
import { Trainer } from '@slidestream/training';
import * as tf from '@tensorflow/tfjs-core';
import { buildModel, type ModelRegistries } from '../train/build-model.js';
import { runTaskOf } from '../train/run-task.js';
import { optimiserOf, tileInputOf } from '../train/training-settings.js';

/** Tiles that the measured pass has at most: enough for the kernels to run at their rate, few enough to take seconds. */
const TILES = 32;

/** What a model was measured at. */
export interface ModelMeasure {
  /** Seconds a tile, without gradient. */
  readonly forwardSeconds: number;
  /** Seconds a tile with gradient and update; `null` with features, where the encoder is not trained. */
  readonly trainSeconds: number | null;
  /** Resident memory at its greatest, as it would be with the configuration's number of tiles in the encoder. */
  readonly memoryBytes: number;
  readonly parameters: number;
  readonly featureDim: number;
}

/** What {@link measureModel} needs beside the configuration. */
export interface MeasureModelOptions extends ModelRegistries {
  readonly fold: Fold;
  readonly classes: readonly string[];
  readonly tiles: readonly TileImages[];
}

/** Builds the configuration's model and times it on real tiles, a training step included. @throws SlidestreamError `heads/*`, `encoders/*`, `engine/*` */
export async function measureModel(config: RunConfig, options: MeasureModelOptions): Promise<ModelMeasure> {
  const { encoders = ownEncoders, heads, fold, classes } = options;
  await startEngine({ ...config.engine, deterministic: true });
  const before = process.memoryUsage().rss;
  const spec = encoders.get(config.encoder.name);
  const perChunk = config.mode === 'features' ? config.evaluation.tilesPerChunk : config.training.tilesPerChunk;
  const perStep = (config.sampling.count ?? perChunk) * config.training.batchSize;
  const wanted = Math.max(1, Math.min(TILES, perChunk, perStep));
  const images = repeat(options.tiles, wanted);
  const input = tileInputOf(config, spec, images.widthPx);
  const task = runTaskOf(config, fold, classes, heads);
  const model = await buildModel({
    ...options,
    config,
    outputs: task.task.outputs,
    featureWidth: spec.featureDim,
    fold: fold.fold,
  });
  const encoder = model.encoder ?? encoders.build({ name: config.encoder.name }, randomStream('plan'));
  try {
    const forward = async (): Promise<void> => {
      const features = tf.tidy(() =>
        encoder.forward(input.plain(images, 0, images.count), { training: false, random: randomStream('plan') }),
      );
      await features.data();
      features.dispose();
    };
    const forwardSeconds = (await second(forward)) / wanted;
    let trainSeconds: number | null = null;
    if (model.encoder !== null) {
      const trainer = new Trainer({ model, task: task.task, input, optimiser: optimiserOf(config), seed: config.seed });
      const [bag] = task.bags(fold.train);
      const tileKeys = Array.from({ length: wanted }, (_, i) => `plan/${i}`);
      const batch = { ids: ['plan'], targets: [bag?.target as never], tiles: images, tileKeys };
      // A learning rate of nothing: whatever the numbers become, the measure goes on.
      trainSeconds =
        (await second(async () => void (await trainer.step(batch, { epoch: 0, step: 0, learningRate: 0, last: true })))) / wanted;
      trainer.dispose();
    }
    const peak = process.resourceUsage().maxRSS * 1024;
    const memoryBytes = before + (Math.max(0, peak - before) * Math.min(perChunk, Math.max(perStep, wanted))) / wanted;
    const parameters = [...model.named().values()].reduce((sum, one) => sum + one.variable.size, 0);
    return { forwardSeconds, trainSeconds, memoryBytes, parameters, featureDim: spec.featureDim };
  } finally {
    if (model.encoder === null) encoder.dispose();
    model.dispose();
  }
}

/** The seconds of the second of two calls: the first one pays for what is made once. */
async function second(work: () => Promise<void>): Promise<number> {
  await work();
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** `count` tiles, from the beginning again where there are fewer. */
function repeat(portions: readonly TileImages[], count: number): TileImages {
  const [first] = portions as readonly [TileImages, ...TileImages[]];
  const size = first.widthPx * first.heightPx * 3;
  const all = portions.flatMap((portion) =>
    Array.from({ length: portion.count }, (_, i) => portion.data.subarray(i * size, (i + 1) * size)),
  );
  const data = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) data.set(all[i % all.length] as Uint8Array, i * size);
  return { data, count, widthPx: first.widthPx, heightPx: first.heightPx };
}
