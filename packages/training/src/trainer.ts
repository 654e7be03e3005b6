import type { TileInput } from '@slidestream/augment';
import { type RandomPath, SlidestreamError, type StateDict, type TensorRecord } from '@slidestream/core';
import type { Module } from '@slidestream/tensors';
import { loadStateDict, toStateDict } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { backward } from './backward.js';
import type { TrainBatch } from './bag.js';
import { Ema, type EmaDecayOptions } from './ema.js';
import { addGradients, clipGradients, disposeGradients, type Gradients, globalNorm, nonFiniteNames, scaleGradients } from './gradients.js';
import type { Optimiser, OptimiserSpec } from './optimiser.js';
import type { SlideModel } from './slide-model.js';
import type { Task } from './task.js';

/** Tiles with gradient at a time when nothing else is said: about 1.5 GB with ResNet-18 at 224 pixels. */
export const DEFAULT_TILES_PER_CHUNK = 64;

/** What training needs beside data. */
export interface TrainerOptions<Target> {
  readonly model: SlideModel;
  readonly task: Task<Target>;
  readonly optimiser: OptimiserSpec;
  /** Needed to train on tiles. */
  readonly input?: TileInput | undefined;
  /** Draw augmentations; default `true`. */
  readonly augment?: boolean | undefined;
  readonly seed: number;
  /** Tiles with gradient at a time; default {@link DEFAULT_TILES_PER_CHUNK}. Smaller takes less memory and changes what shares batch statistics. */
  readonly tilesPerChunk?: number | undefined;
  /** Batches per update; default 1. */
  readonly accumulate?: number | undefined;
  /** Divide by `accumulate` even where fewer batches were left at the end of an epoch, as the reference does for survival; default `false`. */
  readonly accumulateTail?: 'mean' | 'reference' | undefined;
  /** Greatest norm of all gradients together; default: no clipping. */
  readonly clipNorm?: number | undefined;
  /** A second model of the same make that follows the first. */
  readonly teacher?: (EmaDecayOptions & { readonly model: Module }) | undefined;
}

/** Where a step is in the run. */
export interface StepPlace {
  readonly epoch: number;
  /** Index of the batch in its epoch. */
  readonly step: number;
  readonly learningRate: number;
  /** Whether the epoch ends here: what has accumulated is then applied. */
  readonly last: boolean;
}

/** What a step did. */
export interface StepResult {
  readonly loss: number;
  readonly mainLoss: number;
  readonly auxiliaryLoss: number | null;
  /** float32 [B, C], before the update. */
  readonly logits: Float32Array;
  /** Norm of all gradients together before clipping; `null` when nothing was applied. */
  readonly gradientNorm: number | null;
  readonly updated: boolean;
}

/** Trains a model step by step. Everything that it remembers can be taken out and put back exactly. */
export class Trainer<Target = unknown> {
  readonly options: TrainerOptions<Target>;
  readonly #optimiser: Optimiser;
  readonly #ema: Ema | null;
  readonly #pending: Gradients = new Map();
  #pendingIds: string[] = [];
  #pendingSteps = 0;
  #backwards = 0;

  constructor(options: TrainerOptions<Target>) {
    this.options = options;
    this.#optimiser = options.optimiser.bind(options.model.trainable());
    this.#ema =
      options.teacher === undefined ? null : new Ema({ ...options.teacher, student: options.model, teacher: options.teacher.model });
  }

  /**
   * Forward, backward and, when enough has accumulated, an update.
   *
   * @throws SlidestreamError `training/non-finite` before anything is applied, with the slides of the update; `training/empty-bag`
   */
  async step(batch: TrainBatch<Target>, place: StepPlace): Promise<StepResult> {
    const { model, task, input, augment, seed, tilesPerChunk = DEFAULT_TILES_PER_CHUNK, accumulate = 1 } = this.options;
    requireFiniteFeatures(batch);
    const augmentPath: RandomPath = [seed, 'epoch', place.epoch];
    const path: RandomPath = [...augmentPath, 'step', place.step];
    const result = await backward(batch, { model, task, input, augment, tilesPerChunk, path, augmentPath });
    addGradients(this.#pending, result.gradients);
    this.#pendingIds.push(...batch.ids);
    this.#pendingSteps++;
    if (!Number.isFinite(result.loss)) throw this.#nonFinite(`the loss is ${result.loss}`);
    const updated = this.#pendingSteps >= accumulate || place.last;
    const gradientNorm = updated ? await this.#update(place.learningRate) : null;
    this.#ema?.update(this.#backwards);
    this.#backwards++;
    const { loss, mainLoss, auxiliaryLoss, logits } = result;
    return { loss, mainLoss, auxiliaryLoss, logits, gradientNorm, updated };
  }

  async #update(learningRate: number): Promise<number> {
    const { accumulate = 1, accumulateTail = 'mean', clipNorm } = this.options;
    scaleGradients(this.#pending, 1 / (accumulateTail === 'mean' ? this.#pendingSteps : accumulate));
    const norm = await globalNorm(this.#pending);
    if (!Number.isFinite(norm)) {
      const names = await nonFiniteNames(this.#pending);
      throw this.#nonFinite(
        names.length === 0 ? 'the norm of the gradients overflows' : `the gradient of ${names.slice(0, 3).join(', ')} is not finite`,
      );
    }
    if (clipNorm !== undefined) clipGradients(this.#pending, norm, clipNorm);
    this.#optimiser.apply(this.#pending, learningRate);
    this.#clearPending();
    return norm;
  }

  /** Optimiser moments, counters, and gradients that wait for their update. */
  async state(): Promise<StateDict> {
    const dict = new Map<string, TensorRecord>();
    for (const [name, record] of await this.#optimiser.state()) dict.set(`optimiser.${name}`, record);
    for (const [name, gradient] of this.#pending) {
      dict.set(`pending.${name}`, { dtype: 'float32', shape: gradient.shape, data: Float32Array.from(await gradient.data()) });
    }
    const counters = BigInt64Array.of(BigInt(this.#pendingSteps), BigInt(this.#backwards));
    dict.set('counters', { dtype: 'int64', shape: [2], data: counters });
    return dict;
  }

  /** Model weights, batch statistics included. */
  weights(): Promise<StateDict> {
    return toStateDict(this.options.model);
  }

  /** The teacher's weights; `null` without one. */
  async teacherWeights(): Promise<StateDict | null> {
    return this.#ema === null ? null : toStateDict(this.#ema.teacher);
  }

  /** Puts back what {@link Trainer.weights}, {@link Trainer.state} and {@link Trainer.teacherWeights} gave. @throws SlidestreamError when they do not fit */
  restore(saved: { readonly weights: StateDict; readonly state: StateDict; readonly teacher: StateDict | null }): void {
    loadStateDict(this.options.model, saved.weights);
    if (this.#ema !== null) loadStateDict(this.#ema.teacher, saved.teacher ?? saved.weights);
    this.#optimiser.restore(strip(saved.state, 'optimiser.'));
    this.#clearPending();
    for (const [name, record] of strip(saved.state, 'pending.')) {
      this.#pending.set(name, tf.tensor(record.data as Float32Array, [...record.shape], 'float32'));
    }
    const counters = saved.state.get('counters')?.data;
    this.#pendingSteps = Number(counters?.[0] ?? 0);
    this.#backwards = Number(counters?.[1] ?? 0);
  }

  /** Frees the optimiser's tensors and pending gradients; the model and the teacher stay. */
  dispose(): void {
    this.#clearPending();
    this.#optimiser.dispose();
  }

  #clearPending(): void {
    disposeGradients(this.#pending);
    this.#pendingIds = [];
    this.#pendingSteps = 0;
  }

  #nonFinite(message: string): SlidestreamError {
    const slides = this.#pendingIds.join(', ');
    this.#clearPending();
    return nonFinite(message, slides);
  }
}

function requireFiniteFeatures(batch: TrainBatch): void {
  const features = batch.features;
  if (features === undefined) return;
  const perBag = features.instances * features.width;
  const bad = features.data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw nonFinite(
      `feature ${bad % features.width} of instance ${Math.floor((bad % perBag) / features.width)} is not finite`,
      batch.ids[Math.floor(bad / perBag)] ?? '',
    );
}

function nonFinite(message: string, slide: string): SlidestreamError {
  return new SlidestreamError({
    code: 'training/non-finite',
    category: 'data',
    message: `${message}; stopped before the update`,
    where: { slide },
    hint: 'Look at these slides, or lower the learning rate or clip gradients; the last checkpoint is healthy',
  });
}

function strip(dict: StateDict, prefix: string): StateDict {
  return new Map([...dict].filter(([name]) => name.startsWith(prefix)).map(([name, record]) => [name.slice(prefix.length), record]));
}
