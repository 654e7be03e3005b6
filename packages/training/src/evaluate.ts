import type { TileImages, TileInput } from '@slidestream/augment';
import { randomStream, SlidestreamError } from '@slidestream/core';
import * as tf from '@tensorflow/tfjs-core';
import type { EvaluationBag } from './bag.js';
import type { SlideModel } from './slide-model.js';
import type { Scored, Task } from './task.js';
import { DEFAULT_TILES_PER_CHUNK } from './trainer.js';

/** Plain data with a shape, float32, row-major. */
export interface FloatArray {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** What a model says of a bag. */
export interface BagResult {
  readonly id: string;
  /** N. */
  readonly instances: number;
  /** [C]. */
  readonly logits: Float32Array;
  /** [N] or [H, N], after softmax; `null` for heads without attention. */
  readonly attention: FloatArray | null;
  /** Encoder features [N, D], when asked for. */
  readonly features: FloatArray | null;
  /** Embedded instances [N, E], when asked for and the head embeds. */
  readonly embedded: FloatArray | null;
}

/** Options of {@link evaluateBag}. */
export interface EvaluateBagOptions {
  readonly model: SlideModel;
  /** Needed for tiles. */
  readonly input?: TileInput | undefined;
  /** Tiles in the encoder at a time; default {@link DEFAULT_TILES_PER_CHUNK}. */
  readonly tilesPerChunk?: number | undefined;
  /** Give attention back; default `true`. */
  readonly attention?: boolean | undefined;
  readonly features?: boolean | undefined;
  readonly embedded?: boolean | undefined;
}

/**
 * Runs all instances of a bag through the model in bounded memory: tiles through the encoder chunk by chunk, features kept as plain
 * data, then the head over all of them at once.
 *
 * @throws SlidestreamError `training/empty-bag`, `training/non-finite`
 */
export async function evaluateBag(bag: EvaluationBag, options: EvaluateBagOptions): Promise<BagResult> {
  const { model } = options;
  const { data, instances, width } = bag.features ?? (await encodeTiles(bag, options));
  if (instances === 0) throw emptyBag(bag.id);
  const output = tf.tidy(() => {
    const features = tf.tensor3d(data, [1, instances, width]);
    const positions = bag.positions === undefined ? undefined : tf.tensor3d(bag.positions, [1, instances, 2]);
    return model.head.forward({ features, positions }, { training: false, random: randomStream(0) }) as unknown as tf.TensorContainerObject;
  }) as unknown as ReturnType<SlideModel['head']['forward']>;
  try {
    const logits = (await output.logits.data()) as Float32Array;
    if (!logits.every(Number.isFinite)) throw nonFinite(bag.id);
    return {
      id: bag.id,
      instances,
      logits: Float32Array.from(logits),
      attention: options.attention === false ? null : await withoutBatch(output.attention),
      features: options.features === true ? { data, shape: [instances, width] } : null,
      embedded: options.embedded === true ? await withoutBatch(output.embedded) : null,
    };
  } finally {
    tf.dispose(output as unknown as tf.TensorContainerObject);
  }
}

/** A bag's target beside what the model says of it. */
export interface Evaluation<Target> {
  /** Mean over the bags. */
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly scored: readonly Scored<Target>[];
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions<Target> extends EvaluateBagOptions {
  readonly task: Task<Target>;
  readonly bags: AsyncIterable<EvaluationBag<Target>> | Iterable<EvaluationBag<Target>>;
  /** Looked at between bags. */
  readonly signal?: AbortSignal | undefined;
  /** Called with each bag's result, for progress, predictions and attention. */
  readonly onBag?: ((result: BagResult, target: Target) => void | Promise<void>) | undefined;
}

/**
 * Evaluates a split bag by bag.
 *
 * @throws SlidestreamError `training/stopped` when `signal` aborts between two bags; what {@link evaluateBag} throws
 */
export async function evaluate<Target>(options: EvaluateOptions<Target>): Promise<Evaluation<Target>> {
  const { task, bags, signal, onBag } = options;
  const scored: Scored<Target>[] = [];
  let lossSum = 0;
  for await (const bag of bags) {
    if (signal?.aborted) throw stopped();
    const result = await evaluateBag(bag, options);
    lossSum += await lossOf(task, result.logits, bag.target);
    scored.push({ id: bag.id, target: bag.target, logits: result.logits });
    await onBag?.(result, bag.target);
  }
  return { loss: scored.length === 0 ? Number.NaN : lossSum / scored.length, metrics: task.metrics(scored), scored };
}

/** The typed error of a stop on request. */
export function stopped(): SlidestreamError {
  return new SlidestreamError({
    code: 'training/stopped',
    category: 'stopped',
    message: 'stopped on request',
    hint: 'Run the same command again with --resume to go on',
  });
}

async function lossOf<Target>(task: Task<Target>, logits: Float32Array, target: Target): Promise<number> {
  const loss = tf.tidy(() => task.loss(tf.tensor2d(logits, [1, logits.length]), [target]));
  const [value] = await loss.data();
  loss.dispose();
  return value as number;
}

interface Features {
  readonly data: Float32Array;
  readonly instances: number;
  readonly width: number;
}

async function encodeTiles(bag: EvaluationBag, options: EvaluateBagOptions): Promise<Features> {
  const { model, input, tilesPerChunk = DEFAULT_TILES_PER_CHUNK } = options;
  if (model.encoder === null || input === undefined || bag.tiles === undefined) {
    throw new SlidestreamError({
      code: 'training/wrong-batch',
      category: 'internal',
      message: 'tiles need an encoder and a tile input, features a head',
      where: { slide: bag.id },
    });
  }
  const parts: Float32Array[] = [];
  let instances = 0;
  for await (const portion of bag.tiles) {
    for (let from = 0; from < portion.count; from += tilesPerChunk) {
      parts.push(await encodeChunk(portion, from, Math.min(portion.count, from + tilesPerChunk), model, input));
    }
    instances += portion.count;
  }
  const width = model.encoder.spec.featureDim;
  const data = new Float32Array(instances * width);
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { data, instances, width };
}

async function encodeChunk(portion: TileImages, from: number, to: number, model: SlideModel, input: TileInput): Promise<Float32Array> {
  const features = tf.tidy(() =>
    model.encoder?.forward(input.plain(portion, from, to), { training: false, random: randomStream(0) }),
  ) as tf.Tensor;
  const values = (await features.data()) as Float32Array;
  features.dispose();
  return values;
}

async function withoutBatch(tensor: tf.Tensor | null): Promise<FloatArray | null> {
  return tensor === null ? null : { data: Float32Array.from(await tensor.data()), shape: tensor.shape.slice(1) };
}

function emptyBag(slide: string): SlidestreamError {
  return new SlidestreamError({
    code: 'training/empty-bag',
    category: 'data',
    message: 'a bag without instances cannot be evaluated',
    where: { slide },
    hint: 'Leave slides without tiles out',
  });
}

function nonFinite(slide: string): SlidestreamError {
  return new SlidestreamError({
    code: 'training/non-finite',
    category: 'data',
    message: 'the logits are not finite',
    where: { slide },
    hint: 'Look at the features or tiles of this slide and at the weights',
  });
}
