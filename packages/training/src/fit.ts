import { SlidestreamError } from '@slidestream/core';
import { mapAhead } from '@slidestream/streams';
import { from, type Observable } from 'rxjs';
import type { BagSource, BatchSource } from './batch-source.js';
import { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.js';
import { evaluate, stopped } from './evaluate.js';
import type { Schedule } from './schedule.js';
import type { SlideModel } from './slide-model.js';
import type { BestRecord, CheckpointStore, EpochRecord, RunProgress, Snapshot, ValidationRecord, Weighted } from './snapshot.js';
import type { TrainEvent } from './train-event.js';
import { Trainer, type TrainerOptions } from './trainer.js';

/** Options of {@link fit}. */
export interface FitOptions<Plan, Target> extends Omit<TrainerOptions<Target>, 'teacher'> {
  readonly epochs: number;
  /** Learning rate by epoch, or by step; default: constant at the optimiser's. */
  readonly schedule?: Schedule | undefined;
  readonly scheduleBy?: 'epoch' | 'step' | undefined;
  readonly batches: BatchSource<Plan, Target>;
  /** Bags by which the best epoch is chosen; never those that are reported as test. */
  readonly validation?: BagSource<Target> | undefined;
  /** Needs `validation`. */
  readonly earlyStopping?: EarlyStoppingOptions | undefined;
  /** A second model of the same make that follows the first; validated too. */
  readonly teacher?: (NonNullable<TrainerOptions<Target>['teacher']> & { readonly model: SlideModel }) | undefined;
  /** Whose validation stops the run early; default `model`. */
  readonly stopBy?: Weighted | undefined;
  readonly checkpoints?: CheckpointStore | undefined;
  /** Steps between two checkpoints within an epoch; default: only at the end of each. */
  readonly checkpointEverySteps?: number | undefined;
  /** Goes on from here, exactly. */
  readonly resume?: Snapshot | null | undefined;
  readonly configHash?: string | undefined;
  /** Aborting ends the run behind the step at hand with a checkpoint and `training/stopped`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Trains for a number of epochs: loads batches ahead of the steps, validates each epoch, keeps the newest and the best weights, stops
 * early by the validation alone. What happens comes out as {@link TrainEvent}s; the last one is `done`. Unsubscribing ends it without a
 * checkpoint; `signal` ends it with one.
 *
 * @throws SlidestreamError in the stream: `training/stopped`, `training/non-finite`, `training/empty-epoch`, `training/early-stopping-needs-validation`,
 * `training/resume-mismatch`
 * @example
 * ```ts
 * fit({ model, task, optimiser: adamW({ learningRate: 2e-4 }), seed: 1, epochs: 20, batches: { plan, load } }).subscribe(console.log);
 * ```
 */
export function fit<Plan, Target>(options: FitOptions<Plan, Target>): Observable<TrainEvent> {
  return from({ [Symbol.asyncIterator]: () => run(options) });
}

interface MutableProgress {
  epoch: number;
  step: number;
  steps: number;
  updates: number;
  lossSum: number;
  lossBags: number;
  best: BestRecord | null;
  teacherBest: BestRecord | null;
  history: EpochRecord[];
  finished: boolean;
}

async function* run<Plan, Target>(options: FitOptions<Plan, Target>): AsyncGenerator<TrainEvent> {
  if (options.earlyStopping !== undefined && options.validation === undefined) throw needsValidation();
  const trainer = new Trainer(options);
  try {
    yield* new Fit(options, trainer).events();
  } finally {
    trainer.dispose();
  }
}

class Fit<Plan, Target> {
  readonly #options: FitOptions<Plan, Target>;
  readonly #trainer: Trainer<Target>;
  readonly #stopping: EarlyStopping | null;
  readonly #progress: MutableProgress;

  constructor(options: FitOptions<Plan, Target>, trainer: Trainer<Target>) {
    this.#options = options;
    this.#trainer = trainer;
    this.#stopping = options.earlyStopping === undefined ? null : new EarlyStopping(options.earlyStopping);
    this.#progress = {
      epoch: 0,
      step: 0,
      steps: 0,
      updates: 0,
      lossSum: 0,
      lossBags: 0,
      best: null,
      teacherBest: null,
      history: [],
      finished: false,
    };
    if (options.resume != null) this.#restore(options.resume);
  }

  #restore(snapshot: Snapshot): void {
    const { progress } = snapshot;
    const { seed, configHash } = this.#options;
    if (progress.seed !== seed) throw resumeMismatch(`seed ${progress.seed}, not ${seed}`);
    if (configHash !== undefined && progress.configHash !== null && progress.configHash !== configHash)
      throw resumeMismatch('another configuration');
    this.#trainer.restore(snapshot);
    if (progress.earlyStopping !== null) this.#stopping?.restore(progress.earlyStopping);
    const { epoch, step, steps, updates, lossSum, lossBags, best, teacherBest, finished } = progress;
    Object.assign(this.#progress, {
      epoch,
      step,
      steps,
      updates,
      lossSum,
      lossBags,
      best,
      teacherBest,
      finished,
      history: [...progress.history],
    });
  }

  async *events(): AsyncGenerator<TrainEvent> {
    const progress = this.#progress;
    let reason: 'epochs' | 'early-stopping' = 'epochs';
    while (!progress.finished && progress.epoch < this.#options.epochs) {
      yield* this.#trainEpoch();
      const record = await this.#validate();
      if (record === null) {
        yield await this.#checkpoint();
        throw stopped();
      }
      yield { kind: 'epoch', record };
      yield* this.#chooseBest(record);
      const byTeacher = this.#options.stopBy === 'teacher' && this.#options.teacher !== undefined;
      const metric = selectionOf(this.#options, byTeacher ? record.teacherValidation : record.validation);
      if (this.#stopping?.update(metric ?? Number.NaN, record.epoch) === true) {
        reason = 'early-stopping';
        progress.finished = true;
      }
      progress.history.push(record);
      Object.assign(progress, { epoch: progress.epoch + 1, step: 0, lossSum: 0, lossBags: 0 });
      if (progress.epoch >= this.#options.epochs) progress.finished = true;
      if (this.#options.checkpoints !== undefined) yield await this.#checkpoint();
    }
    yield { kind: 'done', reason, progress: this.#snapshotProgress() };
  }

  async *#trainEpoch(): AsyncGenerator<TrainEvent> {
    const { batches, signal, checkpointEverySteps } = this.#options;
    const progress = this.#progress;
    const plan = batches.plan(progress.epoch);
    if (plan.length === 0) throw emptyEpoch(progress.epoch);
    if (progress.step >= plan.length) return;
    const rest = plan.slice(progress.step);
    let waitingSince = performance.now();
    for await (const batch of mapAhead((item: Plan, wanted: AbortSignal) => batches.load(item, wanted), { ahead: batches.ahead ?? 2 })(
      rest,
    )) {
      const started = performance.now();
      const learningRate = this.#learningRate();
      const { epoch, step } = progress;
      const result = await this.#trainer.step(batch, { epoch, step, learningRate, last: step + 1 === plan.length });
      progress.step++;
      progress.steps++;
      if (result.updated) progress.updates++;
      progress.lossSum += result.loss * batch.ids.length;
      progress.lossBags += batch.ids.length;
      const ended = performance.now();
      yield {
        kind: 'step',
        epoch,
        step,
        stepsInEpoch: plan.length,
        ids: batch.ids,
        loss: result.loss,
        auxiliaryLoss: result.auxiliaryLoss,
        learningRate,
        gradientNorm: result.gradientNorm,
        instances: batch.tiles?.count ?? (batch.features?.bags ?? 0) * (batch.features?.instances ?? 0),
        loadSeconds: (started - waitingSince) / 1000,
        stepSeconds: (ended - started) / 1000,
      };
      if (signal?.aborted) {
        yield await this.#checkpoint();
        throw stopped();
      }
      if (checkpointEverySteps !== undefined && progress.step < plan.length && progress.steps % checkpointEverySteps === 0)
        yield await this.#checkpoint();
      waitingSince = performance.now();
    }
  }

  #learningRate(): number {
    const { schedule, scheduleBy = 'epoch', optimiser } = this.#options;
    return schedule === undefined ? optimiser.learningRate : schedule(scheduleBy === 'epoch' ? this.#progress.epoch : this.#progress.steps);
  }

  /** The record of the epoch at hand; `null` when a stop was asked for meanwhile. */
  async #validate(): Promise<EpochRecord | null> {
    const { model, teacher } = this.#options;
    const { epoch, lossSum, lossBags } = this.#progress;
    const scheduleAt = this.#options.scheduleBy === 'step' ? Math.max(0, this.#progress.steps - 1) : epoch;
    const learningRate = this.#options.schedule?.(scheduleAt) ?? this.#options.optimiser.learningRate;
    try {
      const validation = await this.#evaluate(model);
      const teacherValidation = teacher === undefined ? null : await this.#evaluate(teacher.model);
      return { epoch, trainLoss: lossSum / lossBags, learningRate, validation, teacherValidation };
    } catch (error) {
      if (error instanceof SlidestreamError && error.code === 'training/stopped') return null;
      throw error;
    }
  }

  async #evaluate(model: SlideModel): Promise<ValidationRecord | null> {
    const { validation, task, input, tilesPerChunk, signal } = this.#options;
    if (validation === undefined) return null;
    const { loss, metrics } = await evaluate({ model, task, input, tilesPerChunk, signal, bags: validation(), attention: false });
    return {
      loss,
      metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : null])),
    };
  }

  async *#chooseBest(record: EpochRecord): AsyncGenerator<TrainEvent> {
    const { checkpoints, teacher } = this.#options;
    const candidates = [
      { which: 'model', best: this.#progress.best, validation: record.validation, weights: () => this.#trainer.weights() },
      {
        which: 'teacher',
        best: this.#progress.teacherBest,
        validation: record.teacherValidation,
        weights: () => this.#trainer.teacherWeights(),
      },
    ] as const;
    for (const { which, best, validation, weights } of candidates) {
      if (which === 'teacher' && teacher === undefined) continue;
      const metric = selectionOf(this.#options, validation);
      const better = best === null || validation === null || (metric !== null && (best.metric === null || metric > best.metric));
      if (!better) continue;
      const chosen: BestRecord = { epoch: record.epoch, metric };
      this.#progress[which === 'model' ? 'best' : 'teacherBest'] = chosen;
      const dict = await weights();
      if (dict !== null) await checkpoints?.saveBest(which, dict, chosen);
      yield { kind: 'best', which, record: chosen };
    }
  }

  async #checkpoint(): Promise<TrainEvent> {
    const { epoch, step } = this.#progress;
    const snapshot: Snapshot = {
      progress: this.#snapshotProgress(),
      weights: await this.#trainer.weights(),
      teacher: await this.#trainer.teacherWeights(),
      state: await this.#trainer.state(),
    };
    const name = (await this.#options.checkpoints?.save(snapshot)) ?? 'not kept';
    return { kind: 'checkpoint', name, epoch, step };
  }

  #snapshotProgress(): RunProgress {
    const { seed, configHash } = this.#options;
    return {
      version: 1,
      seed,
      configHash: configHash ?? null,
      earlyStopping: this.#stopping?.state() ?? null,
      ...this.#progress,
      history: [...this.#progress.history],
    };
  }
}

function selectionOf<Target>({ task }: { readonly task: TrainerOptions<Target>['task'] }, record: ValidationRecord | null): number | null {
  // Larger is better: a loss counts from the other side.
  if (task.selectionMetric === 'loss') return record === null || !Number.isFinite(record.loss) ? null : -record.loss;
  return record?.metrics[task.selectionMetric] ?? null;
}

function needsValidation(): SlidestreamError {
  return new SlidestreamError({
    code: 'training/early-stopping-needs-validation',
    category: 'usage',
    message: 'early stopping needs validation bags; it is never decided on test bags',
    hint: 'Give a validation share, or turn early stopping off',
  });
}

function emptyEpoch(epoch: number): SlidestreamError {
  return new SlidestreamError({
    code: 'training/empty-epoch',
    category: 'data',
    message: `epoch ${epoch} has no batches`,
    hint: 'Check the training split and the batch size',
  });
}

function resumeMismatch(found: string): SlidestreamError {
  return new SlidestreamError({
    code: 'training/resume-mismatch',
    category: 'usage',
    message: `the checkpoint was made with ${found}`,
    hint: 'Resume with the same configuration, or start in another folder',
  });
}
