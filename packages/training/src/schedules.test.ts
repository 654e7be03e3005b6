import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EarlyStopping } from './early-stopping.js';
import { emaDecay } from './ema.js';
import { constantSchedule, cosineSchedule, stepSchedule } from './schedule.js';

const file = resolve(import.meta.dirname, '../../../../shared/vectors/numbers/schedules.json');
const golden = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;

describe.skipIf(golden === undefined)('the reference schedules (skipped without ../shared)', () => {
  it('gives every learning rate within 1e-12', () => {
    for (const table of golden.lr) {
      const schedule =
        table.sched === 'cosine'
          ? cosineSchedule({
              learningRate: table.lr,
              epochs: table.num_epoch,
              warmupEpochs: table.warmup_epochs,
              warmupLearningRate: table.warmup_lr,
              minLearningRate: table.min_lr,
            })
          : stepSchedule({ learningRate: table.lr, every: table.num_epoch / 2 });
      const rates: number[] = table.lr_used_in_epoch;
      expect(rates.length).toBe(table.num_epoch);
      rates.forEach((rate, t) => {
        expect(Math.abs(schedule(t) - rate), `${table.name} epoch ${t}`).toBeLessThanOrEqual(1e-12);
      });
      expect(Math.abs(schedule(table.num_epoch) - table.lr_after_last)).toBeLessThanOrEqual(1e-12);
    }
  });

  it('gives every decay of the moving average within 1e-12', () => {
    for (const { options, steps, reference_decay } of golden.ema) {
      const settings = {
        decay: options.decay,
        warmup: options.use_warmup,
        warmupGamma: options.warmup_gamma,
        warmupPower: options.warmup_power,
        minDecay: options.min_decay,
        updateAfterStep: options.update_after_step,
      };
      steps.forEach((step: number, i: number) => {
        expect(Math.abs(emaDecay(step, settings) - reference_decay[i])).toBeLessThanOrEqual(1e-12);
      });
    }
  });

  it('stops early at the same epochs', () => {
    for (const run of golden.early_stopping) {
      const stopping = new EarlyStopping({ patience: run.patience, minEpoch: run.stop_epoch });
      const seen: unknown[] = [];
      for (const [epoch, metric] of run.metric.entries()) {
        const stop = stopping.update(metric, epoch);
        seen.push([stopping.counter, stopping.best, stop]);
        if (stop) break;
      }
      expect(seen).toEqual(run.counter_best_stop);
    }
  });
});

describe('early stopping', () => {
  it('counts NaN as worse and goes on where it was', () => {
    const stopping = new EarlyStopping({ patience: 2 });
    stopping.update(0.5, 0);
    expect(stopping.update(Number.NaN, 1)).toBe(false);
    const resumed = new EarlyStopping({ patience: 2 });
    resumed.restore(stopping.state());
    expect(resumed.update(Number.NaN, 2)).toBe(true);
    expect(resumed.best).toBe(0.5);
  });
});

describe('constant schedule', () => {
  it('never changes', () => {
    expect([0, 7, 1e6].map(constantSchedule(3e-4))).toEqual([3e-4, 3e-4, 3e-4]);
  });
});
