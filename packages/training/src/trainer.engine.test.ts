import { createHash } from 'node:crypto';
import { tileInput } from '@slidestream/augment';
import { encoders } from '@slidestream/backbones';
import { classification } from '@slidestream/classification';
import { randomStream, type StateDict, toFloat32 } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { heads } from '@slidestream/mil-heads';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adam, adamW } from './adam.js';
import { backward } from './backward.js';
import type { TrainBatch } from './bag.js';
import { Ema } from './ema.js';
import { evaluateBag } from './evaluate.js';
import { disposeGradients, type Gradients } from './gradients.js';
import { endToEnd, onFeatures, type SlideModel } from './slide-model.js';
import { Trainer, type TrainerOptions } from './trainer.js';

beforeAll(async () => {
  await startEngine();
});

interface Target {
  readonly label: number;
}

const task = classification({ classes: ['normal', 'tumor'] });

function featureModel(seed = 1): SlideModel {
  return onFeatures(heads.build({ name: 'abmil', innerDim: 8, dropout: 0 }, { inputDim: 6, classes: 2 }, randomStream(seed)));
}

function featureBatch(n: number): TrainBatch<Target> {
  const random = randomStream('features', n);
  const data = Float32Array.from({ length: 5 * 6 }, () => random.normal());
  return { ids: [`slide-${n}`], targets: [{ label: n % 2 }], features: { data, bags: 1, instances: 5, width: 6 } };
}

function tileModel(freezeEncoder = false): SlideModel {
  const encoder = encoders.build({ name: 'r18' }, randomStream(3));
  const head = heads.build({ name: 'abmil', innerDim: 8 }, { inputDim: encoder.spec.featureDim, classes: 2 }, randomStream(4));
  return endToEnd({ encoder, head, freezeEncoder });
}

function tileBatch(bags: number, perBag: number): TrainBatch<Target> {
  const random = randomStream('tiles');
  const count = bags * perBag;
  const data = Uint8Array.from({ length: count * 32 * 32 * 3 }, () => random.integer(256));
  return {
    ids: Array.from({ length: bags }, (_, i) => `slide-${i}`),
    targets: Array.from({ length: bags }, (_, i) => ({ label: i % 2 })),
    tiles: { data, count, heightPx: 32, widthPx: 32 },
    tileKeys: Array.from({ length: count }, (_, i) => `slide-${Math.floor(i / perBag)}/${i}`),
  };
}

const input = tileInput({
  sizePx: 32,
  normalisation: { mean: [127, 127, 127], std: [64, 64, 64] },
  augmentation: { flipX: 0.5, flipY: 0.5, quarterTurns: true },
});

function options(model: SlideModel, more: Partial<TrainerOptions<Target>> = {}): TrainerOptions<Target> {
  return { model, task, optimiser: adamW({ learningRate: 1e-2 }), input, seed: 7, ...more };
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

/** SHA-256 of each tensor's bytes. */
function hashes(dict: StateDict): Map<string, string> {
  return new Map(
    [...dict].map(([name, { data }]) => [
      name,
      createHash('sha256')
        .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
        .digest('hex'),
    ]),
  );
}

function flat(dict: StateDict): Map<string, number[]> {
  return new Map([...dict].map(([name, record]) => [name, [...toFloat32(record)]]));
}

function values(gradients: Gradients): Map<string, Float32Array> {
  return new Map([...gradients].map(([name, gradient]) => [name, Float32Array.from(gradient.dataSync())]));
}

describe('adam', () => {
  it('follows PyTorch: two steps worked out by hand', () => {
    // p = 1, g = 0.5 then −0.25, lr = 0.1, wd = 0.01
    const by = (spec: ReturnType<typeof adam>): number => {
      const model = featureModel();
      const [name, parameter] = [...model.trainable()][0] as [
        string,
        ReturnType<SlideModel['named']> extends Map<string, infer P> ? P : never,
      ];
      parameter.variable.assign(tf.onesLike(parameter.variable));
      const optimiser = spec.bind(new Map([[name, parameter]]));
      for (const g of [0.5, -0.25]) {
        const gradient = tf.fill(parameter.variable.shape, g);
        optimiser.apply(new Map([[name, gradient]]), 0.1);
        gradient.dispose();
      }
      const result = parameter.variable.dataSync()[0] as number;
      optimiser.dispose();
      model.dispose();
      return result;
    };
    const expected = (decoupled: boolean): number => {
      let p = 1;
      let m = 0;
      let v = 0;
      [0.5, -0.25].forEach((gradient, i) => {
        const g = decoupled ? gradient : gradient + 0.01 * p;
        if (decoupled) p *= 1 - 0.1 * 0.01;
        m = 0.9 * m + 0.1 * g;
        v = 0.999 * v + 0.001 * g * g;
        const t = i + 1;
        p -= ((0.1 / (1 - 0.9 ** t)) * m) / (Math.sqrt(v) / Math.sqrt(1 - 0.999 ** t) + 1e-8);
      });
      return p;
    };
    expect(by(adam({ learningRate: 0.1, weightDecay: 0.01 }))).toBeCloseTo(expected(false), 6);
    expect(by(adamW({ learningRate: 0.1, weightDecay: 0.01 }))).toBeCloseTo(expected(true), 6);
  });

  it('gives groups their own learning rate and weight decay', async () => {
    const model = featureModel();
    const before = flat(await new Trainer(options(model)).weights());
    const optimiser = adamW({ learningRate: 0.1, groups: [{ match: (name) => name.startsWith('classifier'), learningRateScale: 0 }] }).bind(
      model.trainable(),
    );
    const gradients: Gradients = new Map([...model.trainable()].map(([name, { variable }]) => [name, tf.onesLike(variable)]));
    optimiser.apply(gradients, 0.1);
    disposeGradients(gradients);
    const after = flat(await new Trainer(options(model)).weights());
    expect(after.get('classifier.weight')).toEqual(before.get('classifier.weight'));
    expect(after.get('attention.0.weight')).not.toEqual(before.get('attention.0.weight'));
  });
});

describe('chunked training', () => {
  const run = async (tilesPerChunk: number, freeze = false) => {
    const model = tileModel(freeze);
    // Evaluation statistics in the encoder: nothing is shared by the tiles of a chunk, so chunks must not matter at all.
    const still = model.encoder as NonNullable<SlideModel['encoder']>;
    const forward = still.forward.bind(still);
    still.forward = (tiles, context) => forward(tiles, { ...context, training: false });
    const path = [7, 'epoch', 0];
    const result = await backward(tileBatch(2, 4), { model, task, input, tilesPerChunk, path, augmentPath: path });
    const gradients = values(result.gradients);
    disposeGradients(result.gradients);
    model.dispose();
    return { loss: result.loss, gradients };
  };

  it('has the gradient of the whole batch', async () => {
    const whole = await run(8);
    const chunked = await run(3);
    expect(chunked.loss).toBeCloseTo(whole.loss, 5);
    expect([...chunked.gradients.keys()].sort()).toEqual([...whole.gradients.keys()].sort());
    for (const [name, expected] of whole.gradients) {
      const found = chunked.gradients.get(name) as Float32Array;
      const apart = norm(expected.map((value, i) => value - (found[i] as number)));
      expect(apart, name).toBeLessThanOrEqual(1e-4 * norm(expected) + 1e-7);
    }
  });

  it('trains the head alone on a frozen encoder', async () => {
    const frozen = await run(3, true);
    expect([...frozen.gradients.keys()].every((name) => name.startsWith('mil.'))).toBe(true);
    expect(frozen.gradients.size).toBeGreaterThan(0);
  });
});

describe('trainer', () => {
  it('accumulates to the mean of the batches, the tail too', async () => {
    const steps = async (accumulate: number, clipNorm?: number) => {
      const model = featureModel();
      const trainer = new Trainer(options(model, { accumulate, clipNorm }));
      const updates: boolean[] = [];
      let norm: number | null = null;
      for (let step = 0; step < 3; step++) {
        const result = await trainer.step(featureBatch(step), { epoch: 0, step, learningRate: 0, last: step === 2 });
        updates.push(result.updated);
        norm = result.gradientNorm ?? norm;
      }
      trainer.dispose();
      model.dispose();
      return { updates, norm };
    };
    const three = await steps(4);
    expect(three.updates).toEqual([false, false, true]);
    const model = featureModel();
    const merged: TrainBatch<Target> = {
      ids: ['a', 'b', 'c'],
      targets: [0, 1, 2].map((n) => featureBatch(n).targets[0] as Target),
      features: {
        data: Float32Array.from([0, 1, 2].flatMap((n) => [...(featureBatch(n).features?.data ?? [])])),
        bags: 3,
        instances: 5,
        width: 6,
      },
    };
    const trainer = new Trainer(options(model, {}));
    const { gradientNorm } = await trainer.step(merged, { epoch: 0, step: 0, learningRate: 0, last: true });
    trainer.dispose();
    model.dispose();
    expect(three.norm).toBeCloseTo(gradientNorm as number, 5);
    expect((await steps(2)).updates).toEqual([false, true, true]);
  });

  it('leaves no tensors behind', async () => {
    const model = tileModel();
    const teacher = tileModel();
    const trainer = new Trainer(options(model, { tilesPerChunk: 3, accumulate: 2, teacher: { model: teacher, decay: 0.9 } }));
    const batch = tileBatch(2, 4);
    const step = (n: number) => trainer.step(batch, { epoch: 0, step: n, learningRate: 1e-3, last: false });
    await step(0);
    await step(1);
    const before = tf.memory().numTensors;
    for (let n = 2; n < 6; n++) await step(n);
    await evaluateBag(
      { id: 'a', target: null, tiles: [batch.tiles as NonNullable<typeof batch.tiles>] },
      { model, input, tilesPerChunk: 3 },
    );
    expect(tf.memory().numTensors).toBe(before);
    trainer.dispose();
    model.dispose();
    teacher.dispose();
  });

  it('goes on bit-equal from its state, gradients that wait included', async () => {
    const run = async (breakAt: number | null): Promise<Map<string, string>[]> => {
      const make = () => {
        const model = tileModel();
        const teacher = tileModel();
        return {
          model,
          teacher,
          trainer: new Trainer(options(model, { accumulate: 2, tilesPerChunk: 6, teacher: { model: teacher, decay: 0.9 } })),
        };
      };
      let now = make();
      for (let step = 0; step < 4; step++) {
        if (step === breakAt) {
          const saved = {
            weights: await now.trainer.weights(),
            state: await now.trainer.state(),
            teacher: await now.trainer.teacherWeights(),
          };
          now = make();
          now.trainer.restore(saved);
        }
        await now.trainer.step(tileBatch(2, 4), { epoch: 0, step, learningRate: 1e-3, last: step === 3 });
      }
      return [await now.trainer.weights(), (await now.trainer.teacherWeights()) as StateDict, await now.trainer.state()].map(hashes);
    };
    const unbroken = await run(null);
    expect(await run(1)).toEqual(unbroken);
    expect(await run(2)).toEqual(unbroken);
  });

  it.each(['input', 'weight', 'gradient'])('stops before the update when the %s is not finite, and names the slide', async (what) => {
    const model = featureModel();
    const trainer = new Trainer(options(model));
    const batch = featureBatch(0);
    const [, first] = [...model.trainable()][0] as never as [string, { variable: tf.Variable }];
    if (what === 'input') (batch.features as { data: Float32Array }).data[3] = Number.NaN;
    if (what === 'weight') first.variable.assign(tf.fill(first.variable.shape, Number.NaN));
    if (what === 'gradient') (batch.features as { data: Float32Array }).data.fill(3e38);
    const before = flat(await trainer.weights());
    const stepped = trainer.step(batch, { epoch: 0, step: 0, learningRate: 1, last: true });
    await expect(stepped).rejects.toMatchObject({ code: 'training/non-finite', category: 'data', where: { slide: 'slide-0' } });
    expect(flat(await trainer.weights())).toEqual(before);
  });
});

describe('teacher', () => {
  it('follows floating entries and copies counters', () => {
    const student = tileModel();
    const teacher = tileModel();
    const ema = new Ema({ student, teacher, decay: 0.75 });
    const at = (model: SlideModel, name: string): tf.Variable =>
      (model.named().get(`encoder.model.bn1.${name}`) as { variable: tf.Variable }).variable;
    const old = at(teacher, 'running_mean').dataSync()[0] as number;
    at(student, 'running_mean').assign(tf.fill([64], 2));
    at(student, 'num_batches_tracked').assign(tf.scalar(5, 'int32'));
    ema.update(0);
    expect(at(teacher, 'running_mean').dataSync()[0]).toBeCloseTo(old + 0.25 * (2 - old), 6);
    expect(at(teacher, 'num_batches_tracked').dataSync()[0]).toBe(5);
    student.dispose();
    teacher.dispose();
  });
});
