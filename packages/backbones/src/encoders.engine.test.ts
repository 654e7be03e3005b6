import { randomStream, type StateDict } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { currentKernels, type ForwardContext, installKernels, type Kernels, portableKernels, toStateDict } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeInChunks } from './chunks.js';
import type { Encoder } from './encoder.js';
import { loadEncoderWeights } from './load-encoder-weights.js';
import { normaliseTiles } from './normalise-tiles.js';
import { encoders } from './registry.js';
import { resNetSpec } from './resnet.js';

const random = randomStream('encoder tests');
const evaluation: ForwardContext = { training: false, random };
const training: ForwardContext = { training: true, random };
const small = resNetSpec({ name: 'small', summary: 'two stages', stages: [1, 1], bottleneck: false });
const smallBottleneck = resNetSpec({ name: 'small-bottleneck', summary: 'two stages', stages: [1, 1], bottleneck: true });
const registry = encoders.with(small).with(smallBottleneck);
let native: Kernels;

beforeAll(async () => {
  await startEngine();
  native = currentKernels();
});
afterEach(() => installKernels('tensorflow', native));

/** An encoder in which nothing is trivially 0 or 1. */
function build(name: string): Encoder {
  const encoder = registry.build({ name }, random);
  for (const [key, { variable, kind }] of encoder.named()) {
    if (variable.rank !== 1) continue;
    const draw = random.fork(key);
    const positive = key.endsWith('running_var') || (kind === 'parameter' && key.endsWith('weight'));
    const values = Float32Array.from({ length: variable.size }, () => (positive ? 0.5 + draw.uniform() : 0.3 * draw.normal()));
    tf.tidy(() => variable.assign(tf.tensor1d(values)));
  }
  return encoder;
}

function tiles(count: number, side: number): tf.Tensor4D {
  const draw = random.fork('tiles');
  const pixels = Uint8Array.from({ length: count * side * side * 3 }, () => draw.integer(256));
  return normaliseTiles(pixels, { tiles: count, height: side, width: side }, registry.get('r18').normalisation);
}

/** Features, and the gradient of their sum weighted by position. */
function step(encoder: Encoder, x: tf.Tensor4D, context: ForwardContext): { features: Float32Array; gradients: Map<string, Float32Array> } {
  let features = new Float32Array(0);
  const gradients = new Map<string, Float32Array>();
  tf.tidy(() => {
    const { grads } = tf.variableGrads(() => {
      const y = encoder.forward(x, context);
      features = y.dataSync() as Float32Array<ArrayBuffer>;
      return tf.sum(tf.mul(y, tf.cos(tf.reshape(tf.range(0, y.size), y.shape)))) as tf.Scalar;
    });
    const names = new Map([...encoder.named()].map(([name, { variable }]) => [variable.name, name]));
    for (const [name, g] of Object.entries(grads)) gradients.set(names.get(name) as string, g.dataSync() as Float32Array);
  });
  return { features, gradients };
}

/** ‖a − b‖ / ‖b‖. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let apart = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    apart += ((a[i] as number) - (b[i] as number)) ** 2;
    norm += (b[i] as number) ** 2;
  }
  return Math.sqrt(apart / norm);
}

/** How far gradients may be apart: values near relu's kinks fall on either side, the more the deeper the network. */
describe.each([
  ['small', 1e-3],
  ['small-bottleneck', 1e-3],
  ['efficientnet-lite0', 0.1],
] as const)('%s', (name, kinks) => {
  it.each([
    ['evaluation', evaluation],
    ['training', training],
  ])('gives by native kernels what it gives by portable ones, in %s', async (_mode, context) => {
    const x = tiles(4, 64);
    const [encoder, other] = [build(name), build(name)];
    const ours = step(encoder, x, context);
    installKernels('tensorflow', portableKernels);
    const theirs = step(other, x, context);
    expect(distance(ours.features, theirs.features)).toBeLessThan(1e-4);
    expect(ours.gradients.size).toBe(encoder.trainable().size);
    const norm = (values: Float32Array): number => Math.hypot(...values.slice(0, 4096));
    // a bias whose output goes through one more batch norm has no gradient but rounding: hold it against the others
    const least = 1e-3 * Math.max(...[...theirs.gradients.values()].map(norm));
    for (const [key, gradient] of ours.gradients) {
      const expected = theirs.gradients.get(key) as Float32Array;
      expect((distance(gradient, expected) * norm(expected)) / Math.max(norm(expected), least), key).toBeLessThan(kinks);
    }
    const [state, otherState] = [await toStateDict(encoder), await toStateDict(other)];
    for (const [key, { data, dtype }] of state) {
      const expected = otherState.get(key)?.data as Float32Array;
      if (dtype === 'int64') expect(data, key).toEqual(BigInt64Array.of(context.training ? 1n : 0n));
      else expect(distance(data as Float32Array, expected), key).toBeLessThan(1e-4);
    }
    tf.dispose(x);
    encoder.dispose();
    other.dispose();
  });

  it('gives folded, without gradients, what it gives with them', () => {
    const x = tiles(3, 48);
    const encoder = build(name);
    const folded = encoder.forward(x, evaluation);
    expect(distance(folded.dataSync(), step(encoder, x, evaluation).features)).toBeLessThan(1e-5);
    tf.dispose([x, folded]);
    encoder.dispose();
  });

  it('has the gradient that small steps measure', () => {
    const x = tiles(2, 32);
    const encoder = build(name);
    const [key, parameter] = [...encoder.trainable()].find(([name]) => name.endsWith('bias')) as [string, { variable: tf.Variable }];
    const gradient = step(encoder, x, evaluation).gradients.get(key) as Float32Array;
    const lossAt = (shift: number): number =>
      tf.tidy(() => {
        const before = parameter.variable.clone();
        const direction = tf.tensor1d(gradient);
        parameter.variable.assign(tf.add(before, tf.mul(direction, shift)));
        const y = encoder.forward(x, evaluation);
        const loss = tf.sum(tf.mul(y, tf.cos(tf.reshape(tf.range(0, y.size), y.shape)))).dataSync()[0] as number;
        parameter.variable.assign(before);
        return loss;
      });
    const norm = gradient.reduce((sum, value) => sum + value * value, 0);
    const h = 1e-3 / Math.sqrt(norm);
    expect((lossAt(h) - lossAt(-h)) / (2 * h) / norm).toBeCloseTo(1, 0);
    tf.dispose(x);
    encoder.dispose();
  });
});

describe('an encoder', () => {
  it('leaves nothing behind, step after step, with gradients and without', () => {
    const x = tiles(2, 32);
    const encoder = build('small');
    const backend = tf.backend() as unknown as { numDataIds(): number };
    const round = (): number[] => {
      step(encoder, x, training);
      for (const context of [training, evaluation]) {
        encoder.forward(x, context).dispose();
        tf.dispose(tf.variableGrads(() => tf.sum(encoder.forward(x, context)) as tf.Scalar) as unknown as tf.TensorContainer);
      }
      return [tf.memory().numTensors, backend.numDataIds()];
    };
    const first = round();
    for (let i = 0; i < 3; i++) expect(round()).toEqual(first);
    tf.dispose(x);
    encoder.dispose();
  });

  it('keeps nothing while a gradient is taken that it has no part in', () => {
    const x = tiles(2, 32);
    const encoder = build('small');
    for (const parameter of encoder.trainable().values()) parameter.trainable = false;
    const weight = tf.variable(tf.ones([128]));
    const grads = tf.variableGrads(() => {
      const before = tf.memory().numTensors;
      const features = encoder.forward(x, evaluation);
      expect(tf.memory().numTensors).toBe(before + 1);
      return tf.sum(tf.mul(features, weight)) as tf.Scalar;
    }, [weight]).grads;
    expect(Object.keys(grads)).toEqual([weight.name]);
    tf.dispose([x, weight, grads]);
    encoder.dispose();
  });

  it('gives gradients of trainable parameters only, the same as without freezing', () => {
    const x = tiles(2, 32);
    const encoder = build('small');
    const all = step(encoder, x, evaluation);
    for (const [key, parameter] of encoder.named()) if (key.startsWith('model.layer1')) parameter.trainable = false;
    const some = step(encoder, x, evaluation);
    expect([...some.gradients.keys()]).toEqual([...encoder.trainable().keys()]);
    for (const [key, gradient] of some.gradients) expect(gradient, key).toEqual(all.gradients.get(key));
    tf.dispose(x);
    encoder.dispose();
  });

  it('leaves running statistics alone where it is told to', async () => {
    const x = tiles(2, 32);
    const encoder = build('small');
    const before = await toStateDict(encoder);
    const kept = tf.tidy(() => encoder.forward(x, { ...training, updateStatistics: false }).dataSync());
    expect(await toStateDict(encoder)).toEqual(before);
    const moved = tf.tidy(() => encoder.forward(x, training).dataSync());
    expect(moved).toEqual(kept);
    expect(await toStateDict(encoder)).not.toEqual(before);
    tf.dispose(x);
    encoder.dispose();
  });

  it('moves running statistics by a tenth towards batch mean and unbiased variance', async () => {
    const encoder = build('small');
    const x = tf.randomNormal([2, 8, 8, 3], 0, 1, 'float32', 3) as tf.Tensor4D;
    const before = await toStateDict(encoder);
    encoder.forward(x, training).dispose();
    const after = await toStateDict(encoder);
    const filter = encoder.named().get('model.conv1.weight')?.variable as unknown as tf.Tensor4D;
    const y = portableKernels.conv2d(x, filter, { stride: 2, padding: 3, depthwise: false }).dataSync();
    const channel = Array.from({ length: y.length / 64 }, (_, i) => y[i * 64] as number);
    const mean = channel.reduce((a, b) => a + b) / channel.length;
    const variance = channel.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (channel.length - 1);
    const first = (state: typeof before, name: string): number => Number(state.get(`model.bn1.${name}`)?.data[0]);
    expect(first(after, 'running_mean')).toBeCloseTo(0.9 * first(before, 'running_mean') + 0.1 * mean, 5);
    expect(first(after, 'running_var')).toBeCloseTo(0.9 * first(before, 'running_var') + 0.1 * variance, 4);
  });

  it('gives gradients by its tiles when asked', () => {
    const x = tiles(2, 32);
    const encoder = build('small');
    const slope = tf.grad((input: tf.Tensor) => tf.sum(encoder.forward(input as tf.Tensor4D, { ...evaluation, inputGradient: true })))(x);
    expect(slope.shape).toEqual(x.shape);
    expect(slope.abs().max().dataSync()[0]).toBeGreaterThan(0);
    tf.dispose([x, slope]);
    encoder.dispose();
  });

  it('encodes in chunks what it encodes at once', () => {
    const x = tiles(5, 32);
    const encoder = build('small');
    const whole = encoder.forward(x, evaluation);
    const parts = encodeInChunks(encoder, x, 2);
    expect(parts.shape).toEqual([5, 128]);
    expect(distance(parts.dataSync(), whole.dataSync())).toBeLessThan(1e-5);
    tf.dispose([x, whole, parts]);
    encoder.dispose();
  });

  it('takes weights from a bare dict or a whole model, and no others', async () => {
    const state = await toStateDict(build('small'));
    const renamed = (prefix: string): StateDict => new Map([...state].map(([key, record]) => [`${prefix}${key}`, record]));
    for (const dict of [state, renamed('encoder.'), renamed('module.encoder.')]) {
      const encoder = registry.build({ name: 'small' }, randomStream('other'));
      const extra = { dtype: 'float32', shape: [1], data: new Float32Array(1) } as const;
      const report = loadEncoderWeights(encoder, new Map([...dict, ['fc.weight', extra]]));
      expect(report.unexpected).toEqual(['fc.weight']);
      for (const [key, { data, dtype }] of await toStateDict(encoder)) {
        if (dtype !== 'float32') continue;
        expect(distance(data as Float32Array, state.get(key)?.data as Float32Array) || 0, key).toBe(0);
      }
      encoder.dispose();
    }
    const encoder = build('small');
    const strange = { dtype: 'float32', shape: [1], data: new Float32Array(1) } as const;
    const whole: StateDict = new Map([...state, ['layer3.0.conv1.weight', strange], ['mil.proj.weight', strange]]);
    expect(loadEncoderWeights(encoder, whole).unexpected).toEqual(['layer3.0.conv1.weight', 'mil.proj.weight']);
    const other: StateDict = new Map([...state, ['model.layer1.1.conv1.weight', strange]]);
    expect(() => loadEncoderWeights(encoder, other)).toThrow(/1 are not the encoder's, first model.layer1.1.conv1.weight/);
    expect(loadEncoderWeights(encoder, other, { partial: true }).unexpected).toEqual(['model.layer1.1.conv1.weight']);
    const torn = new Map([...state].filter(([key]) => key !== 'model.bn1.running_var'));
    expect(() => loadEncoderWeights(encoder, torn)).toThrow(/1 of 30 tensors are missing, first model.bn1.running_var/);
    expect(loadEncoderWeights(encoder, torn, { partial: true }).missing).toEqual(['model.bn1.running_var']);
    expect(() => loadEncoderWeights(encoder, new Map([['fc.weight', strange]]), { partial: true })).toThrow(/30 of 30 tensors/);
    encoder.dispose();
  });

  it('gives for RGB tiles and weights of BGR what it gives for BGR tiles and those weights as they are', async () => {
    const state = await toStateDict(build('small'));
    const [plain, turned] = (['rgb', 'bgr'] as const).map((channelOrder) => registry.build({ name: 'small', channelOrder }, random)) as [
      Encoder,
      Encoder,
    ];
    for (const encoder of [plain, turned]) loadEncoderWeights(encoder, state);
    const rgb = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 251);
    const bgr = Uint8Array.from(rgb, (_, i) => rgb[i - (i % 3) + 2 - (i % 3)] as number);
    const size = { tiles: 1, height: 32, width: 32 };
    tf.tidy(() => {
      const expected = plain.forward(normaliseTiles(bgr, size, plain.spec.normalisation), evaluation).dataSync();
      const features = turned.forward(normaliseTiles(rgb, size, turned.spec.normalisation), evaluation).dataSync();
      expect(distance(features, expected)).toBeLessThan(1e-5);
      expect(distance(plain.forward(normaliseTiles(rgb, size, plain.spec.normalisation), evaluation).dataSync(), expected)).toBeGreaterThan(
        1e-3,
      );
    });
    plain.dispose();
    turned.dispose();
  });

  it('starts as PyTorch does: He-normal by fan-out, last batch norm of a block 0, and the known number of parameters', async () => {
    const counts: number[] = [];
    for (const name of ['r18', 'r18a', 'r50']) {
      const encoder = encoders.build({ name }, random);
      const count = [...encoder.trainable().values()].reduce((sum, { variable }) => sum + variable.size, 0);
      if (name === 'r18') {
        const state = await toStateDict(encoder);
        expect(Math.max(...((state.get('model.layer2.0.bn2.weight')?.data ?? [1]) as Float32Array))).toBe(0);
        const weight = state.get('model.layer2.0.conv1.weight');
        expect(weight?.shape).toEqual([128, 64, 3, 3]);
        const values = weight?.data as Float32Array;
        const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
        expect(deviation / Math.sqrt(2 / (128 * 9))).toBeCloseTo(1, 1);
        expect(state.get('model.bn1.num_batches_tracked')).toEqual({ dtype: 'int64', shape: [], data: BigInt64Array.of(0n) });
      }
      encoder.dispose();
      counts.push(count);
    }
    expect(counts).toEqual([2_782_784, 11_176_512, 8_543_296]);
  });
});
