import { startEngine } from '@slidestream/engine-node';
import { Module } from '@slidestream/tensors';
import { cosineSchedule, EarlyStopping, Ema, type EmaDecayOptions, emaDecay, stepSchedule } from '@slidestream/training';
import * as tf from '@tensorflow/tfjs-core';
import { UnknownCase } from './conformance-case.js';
import { fieldsOf, type NumbersCheck } from './numbers-case.js';

const TABLE = { absolute: 1e-12 };

const learningRate: NumbersCheck = ({ value }, comparison) => {
  interface Lr {
    readonly name: string;
    readonly sched: string;
    readonly lr: number;
    readonly num_epoch: number;
    readonly warmup_epochs: number;
    readonly warmup_lr: number;
    readonly min_lr: number;
    readonly lr_used_in_epoch: readonly number[];
    readonly lr_after_last: number;
  }
  const one = fieldsOf<Lr>(value, [
    'name',
    'sched',
    'lr',
    'num_epoch',
    'warmup_epochs',
    'warmup_lr',
    'min_lr',
    'lr_used_in_epoch',
    'lr_after_last',
  ]);
  if (one.sched !== 'cosine' && one.sched !== 'step') throw new UnknownCase(`schedule "${one.sched}"`);
  const schedule =
    one.sched === 'step'
      ? stepSchedule({ learningRate: one.lr, every: one.num_epoch / 2 })
      : cosineSchedule({
          learningRate: one.lr,
          epochs: one.num_epoch,
          warmupEpochs: one.warmup_epochs,
          warmupLearningRate: one.warmup_lr,
          minLearningRate: one.min_lr,
        });
  const ours = one.lr_used_in_epoch.map((_, epoch) => schedule(epoch));
  comparison.close('lr_used_in_epoch', ours, one.lr_used_in_epoch, TABLE);
  comparison.close('lr_after_last', [schedule(one.num_epoch)], [one.lr_after_last], TABLE);
};

interface TimmEmaOptions {
  readonly decay: number;
  readonly use_warmup?: boolean;
  readonly warmup_gamma?: number;
  readonly warmup_power?: number;
  readonly min_decay?: number;
  readonly update_after_step?: number;
}

const ema: NumbersCheck = ({ value }, comparison) => {
  interface EmaCase {
    readonly name: string;
    readonly options: unknown;
    readonly steps: readonly number[];
    readonly reference_decay: readonly number[];
    /** Another program's rule, recorded for comparison only. */
    readonly timm_decay: readonly number[];
  }
  const one = fieldsOf<EmaCase>(value, ['name', 'options', 'steps', 'reference_decay', 'timm_decay']);
  const known = ['decay', 'use_warmup', 'warmup_gamma', 'warmup_power', 'min_decay', 'update_after_step'] as const;
  const told = fieldsOf<TimmEmaOptions>(one.options, known);
  const options: EmaDecayOptions = {
    decay: told.decay,
    warmup: told.use_warmup,
    warmupGamma: told.warmup_gamma,
    warmupPower: told.warmup_power,
    minDecay: told.min_decay,
    updateAfterStep: told.update_after_step,
  };
  const ours = one.steps.map((step) => emaDecay(step, options));
  comparison.close('reference_decay', ours, one.reference_decay, TABLE);
};

type Weights = Readonly<Record<string, number | readonly number[] | readonly (readonly number[])[]>>;

/** A module with the tensors of a recorded state dict; whole-number scalars are counters. */
class Recorded extends Module {
  constructor(weights: Weights) {
    super();
    for (const [name, value] of Object.entries(weights)) {
      if (typeof value === 'number') this.buffer(name, tf.scalar(value, 'int32'), { dtype: 'int64' });
      else this.parameter(name, tf.tensor(value as number[]));
    }
  }

  assign(weights: Weights): void {
    for (const [name, { variable }] of this.named()) {
      const next = tf.tensor(weights[name] as number[], variable.shape, variable.dtype as 'float32' | 'int32');
      variable.assign(next);
      next.dispose();
    }
  }
}

const emaTrace: NumbersCheck = async ({ value }, comparison) => {
  interface Trace {
    readonly decay: number;
    readonly start: Weights;
    readonly steps: readonly { readonly model: Weights; readonly ema: Weights }[];
  }
  const one = fieldsOf<Trace>(value, ['decay', 'start', 'steps']);
  await startEngine();
  const student = new Recorded(one.start);
  const teacher = new Recorded(one.start);
  const average = new Ema({ student, teacher, decay: one.decay });
  for (const [step, { model, ema: expected }] of one.steps.entries()) {
    student.assign(model);
    average.update(step);
    for (const [name, { variable }] of teacher.named()) {
      comparison.close(`step ${step} ${name}`, await variable.data(), [expected[name]].flat(2) as number[], { absolute: 1e-6 });
    }
  }
  student.dispose();
  teacher.dispose();
};

const earlyStopping: NumbersCheck = ({ value }, comparison) => {
  interface Stop {
    readonly patience: number;
    readonly stop_epoch: number;
    readonly metric: readonly number[];
    readonly counter_best_stop: readonly (readonly [number, number, boolean])[];
    readonly stopped_at: number | null;
  }
  const one = fieldsOf<Stop>(value, ['patience', 'stop_epoch', 'metric', 'counter_best_stop', 'stopped_at']);
  const stopping = new EarlyStopping({ patience: one.patience, minEpoch: one.stop_epoch });
  const ours: [number, number | null, boolean][] = [];
  for (const [epoch, metric] of one.metric.entries()) {
    const stop = stopping.update(metric, epoch);
    ours.push([stopping.counter, stopping.best, stop]);
    if (stop) break;
  }
  comparison.equal('counter_best_stop', ours, one.counter_best_stop);
  comparison.equal('stopped_at', ours.at(-1)?.[2] === true ? ours.length - 1 : null, one.stopped_at);
};

/** Checks of `numbers/schedules.json` by key. */
export const scheduleChecks: Readonly<Record<string, NumbersCheck>> = {
  'schedules/lr': learningRate,
  'schedules/ema': ema,
  'schedules/ema_update_trace': emaTrace,
  'schedules/early_stopping': earlyStopping,
};
