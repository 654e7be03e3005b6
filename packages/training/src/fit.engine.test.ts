import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { classification } from '@slidestream/classification';
import { randomStream, type StateDict } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { readSafetensors, writeSafetensors } from '@slidestream/formats';
import { heads } from '@slidestream/mil-heads';
import { mapAhead } from '@slidestream/streams';
import * as tf from '@tensorflow/tfjs-core';
import { from, lastValueFrom, take, tap, toArray } from 'rxjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { adamW } from './adam.js';
import { type FitOptions, fit } from './fit.js';
import { checkpointFolder } from './node/index.js';
import { cosineSchedule } from './schedule.js';
import { onFeatures, type SlideModel } from './slide-model.js';
import { MemoryCheckpoints } from './snapshot.js';
import type { TrainEvent } from './train-event.js';
import { trainSteps } from './train-steps.js';
import { Trainer } from './trainer.js';

beforeAll(async () => {
  await startEngine();
});

const SEED = 5;
const BAGS = 12;
const INSTANCES = 6;
const WIDTH = 4;

interface Target {
  readonly label: number;
}

function bag(n: number) {
  const random = randomStream(SEED, 'bag', n);
  const data = Float32Array.from({ length: INSTANCES * WIDTH }, () => random.normal());
  if (n % 2 === 1) data.fill(2.5, 0, WIDTH);
  return { id: `slide-${n}`, target: { label: n % 2 }, data };
}

const bags = Array.from({ length: BAGS }, (_, n) => bag(n));
const build = (): SlideModel =>
  onFeatures(heads.build({ name: 'abmil', innerDim: 8 }, { inputDim: WIDTH, classes: 2 }, randomStream(SEED, 'init')));

function options(more: Partial<FitOptions<number, Target>> = {}): FitOptions<number, Target> {
  return {
    model: build(),
    teacher: { model: build(), decay: 0.8 },
    task: classification({ classes: ['normal', 'tumor'] }),
    optimiser: adamW({ learningRate: 1e-2, weightDecay: 1e-3 }),
    schedule: cosineSchedule({ learningRate: 1e-2, epochs: 3 }),
    epochs: 3,
    seed: SEED,
    accumulate: 2,
    batches: {
      plan: (epoch) => [...randomStream(SEED, 'order', epoch).permutation(BAGS - 1)],
      load: async (n) => {
        const { id, target, data } = bags[n] as (typeof bags)[number];
        return { ids: [id], targets: [target], features: { data, bags: 1, instances: INSTANCES, width: WIDTH } };
      },
    },
    validation: () => bags.map(({ id, target, data }) => ({ id, target, features: { data, instances: INSTANCES, width: WIDTH } })),
    ...more,
  };
}

const eventsOf = (settings: FitOptions<number, Target>): Promise<TrainEvent[]> => lastValueFrom(fit(settings).pipe(toArray()));

function hash(dict: StateDict): string {
  const digest = createHash('sha256');
  for (const [name, { data }] of dict) digest.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return digest.digest('hex');
}

/** What must be the same whether a run was broken or not. */
function essence(checkpoints: MemoryCheckpoints): unknown {
  const { weights, teacher, state, progress } = checkpoints.newest as NonNullable<MemoryCheckpoints['newest']>;
  return { weights: hash(weights), teacher: hash(teacher as StateDict), state: hash(state), progress };
}

async function unbroken(): Promise<unknown> {
  const checkpoints = new MemoryCheckpoints();
  await eventsOf(options({ checkpoints }));
  return essence(checkpoints);
}

describe('fit', () => {
  it('learns, validates each epoch, keeps the best and ends with done', async () => {
    const checkpoints = new MemoryCheckpoints();
    const events = await eventsOf(options({ checkpoints }));
    const epochs = events.filter((event) => event.kind === 'epoch');
    expect(epochs.map(({ record }) => record.epoch)).toEqual([0, 1, 2]);
    expect(epochs[2]?.record.trainLoss).toBeLessThan(epochs[0]?.record.trainLoss as number);
    expect(epochs[2]?.record.validation?.metrics.auc).toBeGreaterThan(0.9);
    expect(epochs[2]?.record.teacherValidation?.metrics.auc).toBeGreaterThan(0.5);
    const steps = events.filter((event) => event.kind === 'step');
    expect(steps.length).toBe(3 * (BAGS - 1));
    expect(steps.map(({ gradientNorm }) => gradientNorm !== null).slice(0, 11)).toEqual([
      ...[false, true, false, true, false, true, false, true, false, true],
      true,
    ]);
    expect(steps[0]).toMatchObject({ epoch: 0, step: 0, stepsInEpoch: 11, learningRate: 1e-2, instances: INSTANCES });
    expect(events.at(-1)).toMatchObject({ kind: 'done', reason: 'epochs', progress: { finished: true, updates: 18 } });
    expect(await checkpoints.best('model')).not.toBeNull();
    expect(await checkpoints.best('teacher')).not.toBeNull();
  });

  it('goes on bit-equal after a stop behind any step', async () => {
    const expected = await unbroken();
    for (const stopBehind of [1, 4, 11, 17, 33]) {
      const checkpoints = new MemoryCheckpoints();
      const controller = new AbortController();
      let steps = 0;
      const stop = tap((event: TrainEvent) => {
        if (event.kind === 'step' && ++steps === stopBehind) controller.abort();
      });
      await expect(lastValueFrom(fit(options({ checkpoints, signal: controller.signal })).pipe(stop))).rejects.toMatchObject({
        code: 'training/stopped',
        category: 'stopped',
      });
      await eventsOf(options({ checkpoints, resume: checkpoints.newest }));
      expect(essence(checkpoints), `stopped behind step ${stopBehind}`).toEqual(expected);
    }
  });

  it('stops early by the validation alone', async () => {
    await expect(eventsOf(options({ validation: undefined, earlyStopping: { patience: 1 } }))).rejects.toMatchObject({
      code: 'training/early-stopping-needs-validation',
      category: 'usage',
    });
    const validation = () => {
      const [first] = bags;
      return [
        { id: 'one class', target: { label: 0 }, features: { data: first?.data as Float32Array, instances: INSTANCES, width: WIDTH } },
      ];
    };
    // With one class the AUC is not defined: never better, so patience runs out.
    const events = await eventsOf(options({ epochs: 10, validation, earlyStopping: { patience: 2 } }));
    expect(events.at(-1)).toMatchObject({ kind: 'done', reason: 'early-stopping', progress: { epoch: 2 } });
  });

  it('ends and frees its tensors when nobody listens any more', async () => {
    const settings = options();
    const before = tf.memory().numTensors;
    const seen = await lastValueFrom(fit(settings).pipe(take(3), toArray()));
    expect(seen.map(({ kind }) => kind)).toEqual(['step', 'step', 'step']);
    await expect.poll(() => tf.memory().numTensors).toBe(before);
  });

  it('has its step as an operator too', async () => {
    const settings = options();
    const trainer = new Trainer(settings);
    const steps = settings.batches.plan(0);
    const { load } = settings.batches;
    const batches = mapAhead((n: number, signal: AbortSignal) => load(n, signal), { ahead: 1 })(steps);
    const results = await lastValueFrom(
      from(batches).pipe(trainSteps({ trainer, epoch: 0, learningRate: 1e-2, steps: steps.length }), toArray()),
    );
    expect(results.map(({ loss }) => loss)).toEqual(
      (await eventsOf(options({ epochs: 1 }))).flatMap((event) => (event.kind === 'step' ? [event.loss] : [])),
    );
    trainer.dispose();
  });

  it('refuses to go on with another seed or configuration', async () => {
    const checkpoints = new MemoryCheckpoints();
    await eventsOf(options({ checkpoints, epochs: 1, configHash: 'a' }));
    const resume = checkpoints.newest;
    await expect(eventsOf(options({ resume, seed: 6 }))).rejects.toMatchObject({ code: 'training/resume-mismatch' });
    await expect(eventsOf(options({ resume, configHash: 'b' }))).rejects.toMatchObject({ code: 'training/resume-mismatch' });
  });

  it('loads ahead of the step, and no further', async () => {
    let loading = 0;
    let stepped = 0;
    let most = 0;
    const { batches } = options();
    const load: typeof batches.load = async (plan, signal) => {
      loading++;
      most = Math.max(most, loading - stepped);
      return batches.load(plan, signal);
    };
    await lastValueFrom(
      fit(options({ batches: { ...batches, load, ahead: 2 }, epochs: 1 })).pipe(
        tap((event) => {
          if (event.kind === 'step') stepped++;
        }),
      ),
    );
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
  });
});

describe('checkpoint folder', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'checkpoints-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = () => checkpointFolder(join(folder, 'run'), { tensorFile: { write: writeSafetensors, read: readSafetensors } });
  const find = (name: RegExp): string[] =>
    readdirSync(join(folder, 'run'))
      .filter((entry) => name.test(entry))
      .sort();

  it('brings back exactly what was saved, and rotates', async () => {
    await eventsOf(options({ checkpoints: open() }));
    expect(find(/^step/)).toEqual(['step-22', 'step-33']);
    expect(readFileSync(join(folder, 'run', 'latest'), 'utf8')).toBe('step-33\n');
    expect(find(/^best/).length).toBe(2);
    const { snapshot, name } = await open().newest();
    const memory = new MemoryCheckpoints();
    await memory.save(snapshot as NonNullable<typeof snapshot>);
    expect(name).toBe('step-33');
    expect(essence(memory)).toEqual(await unbroken());
    expect(await open().bestPath('model')).toMatch(/best-epoch-\d\/weights\.safetensors$/);
  });

  it.each([
    ['a truncated file', (path: string) => truncateSync(join(path, 'weights.safetensors'), 100)],
    ['a flipped byte', (path: string) => flip(join(path, 'optim.safetensors'))],
    ['a missing file', (path: string) => rmSync(join(path, 'teacher.safetensors'))],
    ['a changed digit of the state', (path: string) => edit(join(path, 'state.json'), '"steps": 33', '"steps": 34')],
    ['half a state', (path: string) => truncateSync(join(path, 'state.json'), 50)],
  ])('falls back to the one before when the newest has %s, and says so', async (_, damage) => {
    await eventsOf(options({ checkpoints: open() }));
    damage(join(folder, 'run', 'step-33'));
    const { snapshot, name, skipped } = await open().newest();
    expect(name).toBe('step-22');
    expect(skipped).toEqual([{ name: 'step-33', reason: expect.any(String) }]);
    const checkpoints = new MemoryCheckpoints();
    await eventsOf(options({ checkpoints, resume: snapshot }));
    expect(essence(checkpoints)).toEqual(await unbroken());
  });

  it('has nothing to go on with in an empty or absent folder', async () => {
    expect(await open().newest()).toEqual({ name: null, snapshot: null, skipped: [] });
    expect(await open().best('model')).toBeNull();
  });
});

function flip(path: string): void {
  const bytes = readFileSync(path);
  const at = bytes.length - 5;
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
}

function edit(path: string, from: string, to: string): void {
  const text = readFileSync(path, 'utf8');
  if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
  writeFileSync(path, text.replace(from, to));
}
