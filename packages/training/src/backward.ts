import type { TileInput } from '@slidestream/augment';
import { type RandomPath, randomStream, SlidestreamError } from '@slidestream/core';
import type { HeadInput } from '@slidestream/mil-heads';
import type { ForwardContext } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { differentiate } from './autograd.js';
import type { TrainBatch } from './bag.js';
import { addGradients, type Gradients } from './gradients.js';
import type { SlideModel } from './slide-model.js';
import type { Task } from './task.js';

/** How a batch goes forward and backward. */
export interface BackwardOptions<Target> {
  readonly model: SlideModel;
  readonly task: Task<Target>;
  /** Needed for tiles. */
  readonly input?: TileInput | undefined;
  /** Draw augmentations; default `true`. */
  readonly augment?: boolean | undefined;
  /** Tiles that go through the encoder with gradient at a time: what bounds the memory. Batch statistics are those of a chunk. */
  readonly tilesPerChunk: number;
  /** Names the random numbers of this step: seed, epoch, step. */
  readonly path: RandomPath;
  /** Names the augmentations, with a tile's key: seed, epoch. */
  readonly augmentPath: RandomPath;
}

/** What a batch gave. */
export interface BackwardResult {
  /** Total loss, what was differentiated. */
  readonly loss: number;
  readonly mainLoss: number;
  readonly auxiliaryLoss: number | null;
  /** float32 [B, C]. */
  readonly logits: Float32Array;
  /** The caller frees them. */
  readonly gradients: Gradients;
}

/** Step-wise values that are read once the pass is done. */
interface Kept {
  main?: tf.Scalar;
  auxiliary?: tf.Scalar;
  logits?: tf.Tensor2D;
}

/**
 * Loss and gradients of one batch. Tiles that fit one chunk go forward and backward once. More go through in bounded memory, exactly:
 * every chunk forward without gradient, the head's gradient by the features, then every chunk again with its part of that gradient.
 *
 * @throws SlidestreamError `training/empty-bag`, `training/wrong-batch`
 */
export async function backward<Target>(batch: TrainBatch<Target>, options: BackwardOptions<Target>): Promise<BackwardResult> {
  const kept: Kept = {};
  try {
    const { value, gradients } = tf.tidy(() => {
      const result = batch.features === undefined ? tilesBackward(batch, options, kept) : featuresBackward(batch, options, kept);
      for (const gradient of result.gradients.values()) tf.keep(gradient);
      tf.keep(result.value);
      return { value: result.value, gradients: result.gradients as never };
    }) as unknown as { value: tf.Tensor; gradients: Gradients };
    const [loss] = await value.data();
    value.dispose();
    const mainLoss = (await kept.main?.data())?.[0] as number;
    const auxiliaryLoss = (await kept.auxiliary?.data())?.[0] ?? null;
    const logits = (await kept.logits?.data()) as Float32Array;
    return { loss: loss as number, mainLoss, auxiliaryLoss, logits, gradients };
  } finally {
    tf.dispose([kept.main, kept.auxiliary, kept.logits].filter((tensor) => tensor !== undefined));
  }
}

interface Pass {
  readonly value: tf.Tensor;
  readonly gradients: Gradients;
}

function featuresBackward<Target>(batch: TrainBatch<Target>, options: BackwardOptions<Target>, kept: Kept): Pass {
  const bags = batch.features;
  if (bags === undefined || bags.instances === 0) throw emptyBag(batch);
  const features = tf.tensor3d(bags.data, [bags.bags, bags.instances, bags.width]);
  const mask = bags.mask === undefined ? undefined : tf.tensor2d(bags.mask, [bags.bags, bags.instances]);
  return differentiate(() => headLoss(features, mask, batch, options, kept), { parameters: options.model.trainable() });
}

function tilesBackward<Target>(batch: TrainBatch<Target>, options: BackwardOptions<Target>, kept: Kept): Pass {
  const { model, tilesPerChunk } = options;
  const { encoder } = model;
  const tiles = batch.tiles;
  if (encoder === null || tiles === undefined)
    throw wrongBatch(batch, 'the model needs features, or the batch has neither tiles nor features');
  const bags = batch.ids.length;
  if (tiles.count === 0) throw emptyBag(batch);
  if (tiles.count % bags !== 0) throw wrongBatch(batch, `${tiles.count} tiles cannot be ${bags} bags of equal length`);
  const perBag = tiles.count / bags;
  const asBags = (features: tf.Tensor2D): tf.Tensor3D => tf.reshape(features, [bags, perBag, features.shape[1]]);
  const chunks = chunksOf(tiles.count, tilesPerChunk);
  const contextOf = (index: number, updateStatistics: boolean): ForwardContext => ({
    training: !model.encoderFrozen,
    random: randomStream(...options.path, 'encoder', index),
    updateStatistics: updateStatistics && !model.encoderFrozen,
  });
  const inputOf = ([from, to]: Chunk): tf.Tensor4D => tileTensor(batch, from, to, options);

  if (chunks.length === 1 && !model.encoderFrozen) {
    const x = inputOf(chunks[0] as Chunk);
    const forward = (): tf.Tensor => headLoss(asBags(encoder.forward(x, contextOf(0, true))), undefined, batch, options, kept);
    return differentiate(forward, { parameters: model.trainable() });
  }

  const parts = chunks.map((chunk, index) => tf.tidy(() => encoder.forward(inputOf(chunk), contextOf(index, true))));
  const features = asBags(tf.concat(parts, 0));
  tf.dispose(parts);
  const head = differentiate(() => headLoss(features, undefined, batch, options, kept), {
    parameters: prefixed(model, 'mil.'),
    inputs: model.encoderFrozen ? [] : [features],
  });
  if (model.encoderFrozen) return head;
  const upstream = tf.reshape(head.inputGradients[0] as tf.Tensor, [tiles.count, features.shape[2]]);
  const gradients = head.gradients;
  const encoderParameters = prefixed(model, 'encoder.');
  chunks.forEach((chunk, index) => {
    const [from, to] = chunk;
    const part = tf.tidy(() => {
      const x = inputOf(chunk);
      const result = differentiate(() => encoder.forward(x, contextOf(index, false)), {
        parameters: encoderParameters,
        upstream: tf.slice(upstream, [from, 0], [to - from, -1]),
      });
      for (const gradient of result.gradients.values()) tf.keep(gradient);
      return result.gradients as never;
    }) as unknown as Gradients;
    addGradients(gradients, part);
  });
  return { value: head.value, gradients };
}

/** Weighted total loss of the head on `features` [B, N, D]; keeps what is reported. */
function headLoss<Target>(
  features: tf.Tensor3D,
  mask: tf.Tensor2D | undefined,
  batch: TrainBatch<Target>,
  { model, task, path }: BackwardOptions<Target>,
  kept: Kept,
): tf.Scalar {
  const labels = tf.tensor1d(
    batch.targets.map((target) => task.labelOf(target)),
    'int32',
  );
  const criterion = (logits: tf.Tensor2D): tf.Scalar => task.loss(logits, batch.targets);
  const positions = batch.positions === undefined ? undefined : tf.tensor3d(batch.positions, [features.shape[0], features.shape[1], 2]);
  const input: HeadInput = { features, mask, labels, criterion, positions };
  const output = model.head.forward(input, { training: true, random: randomStream(...path, 'head') });
  const main = task.loss(output.logits, batch.targets);
  kept.main = tf.keep(main);
  kept.logits = tf.keep(output.logits);
  const weighted = task.lossWeights.main === 1 ? main : tf.mul(main, task.lossWeights.main);
  if (output.auxiliaryLoss === null || task.lossWeights.auxiliary === 0) return tf.add(weighted, 0) as tf.Scalar;
  kept.auxiliary = tf.keep(output.auxiliaryLoss);
  return tf.add(weighted, tf.mul(output.auxiliaryLoss, task.lossWeights.auxiliary)) as tf.Scalar;
}

function tileTensor<Target>(batch: TrainBatch<Target>, from: number, to: number, options: BackwardOptions<Target>): tf.Tensor4D {
  const { tiles, tileKeys } = batch;
  const { input, augment = true, augmentPath } = options;
  if (tiles === undefined || input === undefined) throw wrongBatch(batch, 'tiles need a tile input');
  if (!augment) return input.plain(tiles, from, to);
  if (tileKeys === undefined || tileKeys.length !== tiles.count) {
    throw wrongBatch(batch, `augmentation needs one key a tile, got ${tileKeys?.length ?? 0} for ${tiles.count} tiles`);
  }
  return input.augmented(tiles, tileKeys, from, to, augmentPath);
}

type Chunk = readonly [from: number, to: number];

function chunksOf(count: number, size: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let from = 0; from < count; from += size) chunks.push([from, Math.min(count, from + size)]);
  return chunks;
}

function prefixed(model: SlideModel, prefix: string): ReturnType<SlideModel['trainable']> {
  return new Map([...model.trainable()].filter(([name]) => name.startsWith(prefix)));
}

function emptyBag(batch: TrainBatch<unknown>): SlidestreamError {
  return new SlidestreamError({
    code: 'training/empty-bag',
    category: 'data',
    message: 'a bag without instances cannot be trained on',
    where: { slide: batch.ids.join(', ') },
    hint: 'Leave slides without tiles out',
  });
}

function wrongBatch(batch: TrainBatch<unknown>, message: string): SlidestreamError {
  return new SlidestreamError({ code: 'training/wrong-batch', category: 'internal', message, where: { slide: batch.ids.join(', ') } });
}
