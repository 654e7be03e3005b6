import { randomStream } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { type ForwardContext, toStateDict } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { attend } from './attend.js';
import { chief } from './chief.js';
import { encodeInChunks } from './chunks.js';
import { convNeXtSpec } from './convnext.js';
import type { Encoder, EncoderSpec } from './encoder.js';
import { loadEncoderWeights } from './load-encoder-weights.js';
import { normaliseTiles } from './normalise-tiles.js';
import { recomputed } from './recomputed.js';
import { swinSpec } from './swin.js';
import { vitSpec } from './vit.js';
import { VitBlock } from './vit-block.js';

const random = randomStream('transformer tests');
const evaluation: ForwardContext = { training: false, random };
const training: ForwardContext = { training: true, random };

const small = { summary: 'small', imageSizePx: 32, patchSizePx: 8, embedDim: 16, depth: 2, heads: 2 } as const;
const swin = { summary: 'small', imageSizePx: 48, window: 4, embedDim: 16, depths: [2, 2], heads: [2, 4], dropPath: 0 } as const;
const specs: readonly EncoderSpec[] = [
  vitSpec({ ...small, name: 'vit', layerScale: 0.7 }),
  vitSpec({ ...small, name: 'vit-registers', registers: 3, positionsForAll: false, mlp: 'swiglu', activation: 'silu' }),
  vitSpec({ ...small, name: 'vit-mean', classToken: false, pool: 'mean', mlp: 'swiglu-packed', qkvBias: false }),
  vitSpec({ ...small, name: 'vit-mean-of-norms', pool: 'mean', lastNorm: 'norm' }),
  swinSpec({ ...swin, name: 'swin' }),
  swinSpec({ ...swin, name: 'swin-filled', window: 5, imageSizePx: 44 }),
  swinSpec({ ...swin, name: 'swin-conv', stem: 'conv' }),
  convNeXtSpec({ name: 'convnext', summary: 'small', depths: [1, 1], widths: [8, 16], inputSizePx: 36, dropPath: 0 }),
];

beforeAll(async () => {
  await startEngine();
});

/** An encoder in which nothing is trivially 0 or 1. */
function build(spec: EncoderSpec): Encoder {
  const encoder = spec.build({ random });
  for (const [name, { variable }] of encoder.named()) {
    if (name.endsWith('num_batches_tracked')) continue;
    const draw = random.fork('values', name);
    const positive = variable.rank === 1 && /weight$|running_var$|gamma$/.test(name);
    const values = Float32Array.from({ length: variable.size }, () => (positive ? 0.5 + draw.uniform() : 0.3 * draw.normal()));
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
  return encoder;
}

function tiles(count: number, side: number): tf.Tensor4D {
  const draw = random.fork('tiles', side);
  const pixels = Uint8Array.from({ length: count * side * side * 3 }, () => draw.integer(256));
  return normaliseTiles(pixels, { tiles: count, height: side, width: side }, chief.normalisation);
}

function weighted(y: tf.Tensor): tf.Scalar {
  return tf.sum(tf.mul(y, tf.cos(tf.reshape(tf.range(0, y.size), y.shape))));
}

function gradients(encoder: Encoder, x: tf.Tensor4D, context: ForwardContext): Map<string, Float32Array> {
  const names = new Map([...encoder.named()].map(([name, { variable }]) => [variable.name, name]));
  const found = new Map<string, Float32Array>();
  tf.tidy(() => {
    const { grads } = tf.variableGrads(() => weighted(encoder.forward(x, context)));
    for (const [name, g] of Object.entries(grads)) found.set(names.get(name) as string, g.dataSync() as Float32Array);
  });
  return found;
}

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [apart, norm] = [0, 0];
  for (let i = 0; i < b.length; i++) {
    apart += ((a[i] as number) - (b[i] as number)) ** 2;
    norm += (b[i] as number) ** 2;
  }
  return Math.sqrt(apart / norm);
}

describe.each(specs.map((spec) => [spec.name, spec] as const))('%s', (_name, spec) => {
  it('has the gradients that small steps measure, of every parameter', () => {
    const x = tiles(2, spec.inputSizePx);
    const encoder = build(spec);
    const found = gradients(encoder, x, evaluation);
    expect([...found.keys()].sort()).toEqual([...encoder.trainable().keys()].sort());
    const lossAt = (shift: number): number =>
      tf.tidy(() => {
        const before = new Map([...encoder.trainable()].map(([name, { variable }]) => [name, variable.clone()]));
        for (const [name, { variable }] of encoder.trainable()) {
          variable.assign(tf.add(variable, tf.mul(tf.tensor(found.get(name) as Float32Array, variable.shape), shift)));
        }
        const loss = weighted(encoder.forward(x, evaluation)).dataSync()[0] as number;
        for (const [name, { variable }] of encoder.trainable()) variable.assign(before.get(name) as tf.Tensor);
        return loss;
      });
    const slope = [...found.values()].reduce((sum, values) => sum + values.reduce((total, value) => total + value * value, 0), 0);
    const h = 4e-3 / Math.sqrt(slope);
    expect((lossAt(h) - lossAt(-h)) / (2 * h) / slope).toBeCloseTo(1, 1);
    tf.dispose(x);
    encoder.dispose();
  });

  it('keeps nothing where no gradient is wanted, and leaves nothing behind where one is', () => {
    const x = tiles(2, spec.inputSizePx);
    const encoder = build(spec);
    const backend = tf.backend() as unknown as { numDataIds(): number };
    const round = (): number[] => {
      gradients(encoder, x, training);
      encoder.forward(x, evaluation).dispose();
      return [tf.memory().numTensors, backend.numDataIds()];
    };
    const first = round();
    expect(round()).toEqual(first);
    for (const parameter of encoder.trainable().values()) parameter.trainable = false;
    const weight = tf.variable(tf.ones([spec.featureDim]));
    const { grads } = tf.variableGrads(() => {
      const before = tf.memory().numTensors;
      const features = encoder.forward(x, evaluation);
      expect(tf.memory().numTensors).toBe(before + 1);
      return tf.sum(tf.mul(features, weight)) as tf.Scalar;
    }, [weight]);
    tf.dispose([x, weight, grads]);
    encoder.dispose();
  });

  it('gives in chunks and with a gradient what it gives at once', () => {
    const x = tiles(3, spec.inputSizePx);
    const encoder = build(spec);
    tf.tidy(() => {
      const whole = encoder.forward(x, evaluation).dataSync() as Float32Array;
      expect(whole.length).toBe(3 * spec.featureDim);
      expect(distance(encodeInChunks(encoder, x, 2).dataSync(), whole)).toBeLessThan(1e-5);
      const { value } = tf.variableGrads(() => weighted(encoder.forward(x, evaluation)));
      const expected = whole.reduce((sum, feature, i) => sum + feature * Math.cos(i), 0);
      expect(value.dataSync()[0]).toBeCloseTo(expected, 2);
    });
    tf.dispose(x);
    encoder.dispose();
  });
});

describe('a vision transformer', () => {
  it('takes tiles of other sides that are whole patches, and refuses others', () => {
    const encoder = build(specs[0] as EncoderSpec);
    tf.tidy(() => {
      const larger = encoder.forward(tiles(1, 48), evaluation);
      expect(larger.shape).toEqual([1, 16]);
      expect(larger.isNaN().any().dataSync()[0]).toBe(0);
      expect(() => encoder.forward(tiles(1, 36), evaluation)).toThrow(expect.objectContaining({ code: 'encoders/tile-size' }));
    });
    encoder.dispose();
  });

  it('refuses sizes that do not fit together', () => {
    expect(() => vitSpec({ ...small, name: 'a', heads: 3 })).toThrow(/3 heads/);
    expect(() => vitSpec({ ...small, name: 'a', patchSizePx: 5 })).toThrow(/whole patches/);
    expect(() => vitSpec({ ...small, name: 'a', classToken: false })).toThrow(/class token/);
  });

  it('gives gradients of later blocks alone as it gives them among all, and by its tiles', () => {
    const x = tiles(2, 32);
    const encoder = build(specs[1] as EncoderSpec);
    const all = gradients(encoder, x, evaluation);
    for (const [name, parameter] of encoder.named()) parameter.trainable = /^(blocks\.1|norm)\./.test(name);
    const some = gradients(encoder, x, evaluation);
    expect([...some.keys()].sort()).toEqual([...encoder.trainable().keys()].sort());
    for (const [name, gradient] of some) expect(gradient, name).toEqual(all.get(name));
    for (const parameter of encoder.named().values()) parameter.trainable = false;
    const byTiles = tf.grad((input: tf.Tensor) => weighted(encoder.forward(input as tf.Tensor4D, { ...evaluation, inputGradient: true })));
    const slope = byTiles(x);
    expect(slope.shape).toEqual(x.shape);
    expect(slope.abs().max().dataSync()[0]).toBeGreaterThan(0);
    tf.dispose([x, slope]);
    encoder.dispose();
  });
});

describe('a Swin transformer', () => {
  it('refuses tiles of another side', () => {
    const encoder = build(specs[4] as EncoderSpec);
    const x = tiles(1, 32);
    expect(() => encoder.forward(x, evaluation)).toThrow(/takes tiles of 48 × 48 pixels/);
    tf.dispose(x);
    encoder.dispose();
  });

  it('drops the same branches whenever the context is the same, in training only', () => {
    const x = tiles(4, 48);
    const encoder = build(swinSpec({ ...swin, name: 'dropping', dropPath: 0.8 }));
    const run = (context: ForwardContext): ArrayLike<number> => tf.tidy(() => encoder.forward(x, context).dataSync());
    expect(run(training)).toEqual(run(training));
    expect(distance(run({ training: true, random: random.fork('other') }), run(training))).toBeGreaterThan(0.01);
    expect(run(evaluation)).toEqual(run({ training: false, random: random.fork('other') }));
    tf.dispose(x);
    encoder.dispose();
  });

  it('takes weights of the older layout', async () => {
    const source = build(specs[6] as EncoderSpec);
    const state = await toStateDict(source);
    const old = new Map([...state].map(([name, record]) => [name.replace('layers.1.downsample', 'layers.0.downsample'), record]));
    const mask = { dtype: 'float32', shape: [1], data: new Float32Array(1) } as const;
    const encoder = (specs[6] as EncoderSpec).build({ random: random.fork('fresh') });
    const report = loadEncoderWeights(encoder, new Map([...old, ['layers.0.blocks.1.attn_mask', mask]]));
    expect(report.unexpected).toEqual([]);
    expect(await toStateDict(encoder)).toEqual(state);
    source.dispose();
    encoder.dispose();
  });

  it('has the known number of parameters with the convolutional stem', () => {
    const encoder = chief.build({ random });
    const count = [...encoder.trainable().values()].reduce((sum, { variable }) => sum + variable.size, 0);
    expect(count).toBe(27_520_038);
    encoder.dispose();
  });
});

describe('attend', () => {
  it.each([[3 * 2 * 25], [2 * 25], [30], [1]])('gives in pieces of %i weights what it gives at once, with gradients', (maxWeights) => {
    tf.tidy(() => {
      const draw = (seed: number): tf.Tensor => tf.randomNormal([3, 2, 5, 4], 0, 1, 'float32', seed);
      const bias = tf.randomNormal([2, 5, 5], 0, 1, 'float32', 4);
      const inputs = [draw(1), draw(2), draw(3), bias];
      const at = (limit: number) =>
        tf.valueAndGrads((queries: tf.Tensor, keys: tf.Tensor, values: tf.Tensor, added: tf.Tensor) =>
          weighted(attend({ queries, keys, values, bias: added, maxWeights: limit })),
        )(inputs);
      const [pieces, whole] = [at(maxWeights), at(1 << 20)];
      expect(pieces.value.dataSync()[0]).toBeCloseTo(whole.value.dataSync()[0] as number, 4);
      pieces.grads.forEach((gradient, i) => {
        expect(distance(gradient.dataSync(), (whole.grads[i] as tf.Tensor).dataSync())).toBeLessThan(1e-5);
      });
    });
  });
});

describe('recomputed', () => {
  it('gives the gradients of a piece that stands between other operations as if it were not there', () => {
    const block = new VitBlock({
      width: 8,
      heads: 2,
      hiddenDim: 16,
      mlp: 'mlp',
      activation: 'gelu',
      layerScale: 0.5,
      qkvBias: true,
      epsilon: 1e-6,
      random,
      initialiser: (shape, own) =>
        tf.tensor(
          Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => own.normal()),
          [...shape],
        ),
    });
    tf.tidy(() => {
      const x = tf.variable(tf.randomNormal([2, 5, 8], 0, 1, 'float32', 11));
      const run = (y: tf.Tensor): tf.Tensor => block.forward(y);
      const plain = tf.variableGrads(() => weighted(tf.tanh(run(tf.sin(x)))));
      const ours = tf.variableGrads(() => weighted(tf.tanh(recomputed({ modules: [block], input: tf.sin(x), wantsInput: true, run }))));
      expect(Object.keys(ours.grads).sort()).toEqual(Object.keys(plain.grads).sort());
      for (const [name, gradient] of Object.entries(plain.grads)) {
        expect(distance((ours.grads[name] as tf.Tensor).dataSync(), gradient.dataSync()), name).toBeLessThan(1e-5);
      }
      x.dispose();
    });
    block.dispose();
  });
});
