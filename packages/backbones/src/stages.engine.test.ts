import { randomStream } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { type ForwardContext, toStateDict } from '@slidestream/tensors';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { convNeXtSpec } from './convnext.js';
import { efficientNetLite0 } from './efficientnet-lite0.js';
import type { Encoder, EncoderSpec } from './encoder.js';
import { resNetSpec } from './resnet.js';
import { freezeThrough, stageFeatures, stageMaps } from './stages.js';
import { swinSpec } from './swin.js';
import { vitSpec } from './vit.js';

const random = randomStream('stages');
const evaluation: ForwardContext = { training: false, random };
const training: ForwardContext = { training: true, random };

const small = { summary: 'small', embedDim: 16, heads: 2 };
const swin = { summary: 'small', imageSizePx: 64, window: 4, embedDim: 16, depths: [1, 1], heads: [2, 4], stem: 'conv' } as const;
const cases: readonly (readonly [EncoderSpec, string, number])[] = [
  [resNetSpec({ name: 'resnet', summary: 'two stages', stages: [1, 1], bottleneck: false }), 'layer1', 16],
  [efficientNetLite0, 'blocks.14', 2],
  [vitSpec({ ...small, name: 'vit', imageSizePx: 64, depth: 3, registers: 2, positionsForAll: false }), 'blocks.1', 4],
  [swinSpec({ ...swin, name: 'swin' }), 'layers.0', 16],
  [convNeXtSpec({ name: 'convnext', summary: 'small', depths: [1, 1], widths: [8, 16] }), 'stages.0', 16],
];

const [[first]] = cases as [(typeof cases)[0]];

beforeAll(() => startEngine());

function tiles(): tf.Tensor4D {
  return tf.randomNormal([2, 64, 64, 3], 0, 1, 'float32', 5) as tf.Tensor4D;
}

function gradients(encoder: Encoder, x: tf.Tensor4D, context: ForwardContext): Map<string, Float32Array> {
  const names = new Map([...encoder.named()].map(([name, { variable }]) => [variable.name, name]));
  const found = new Map<string, Float32Array>();
  tf.tidy(() => {
    const { grads } = tf.variableGrads(() => tf.mean(tf.square(encoder.forward(x, context))) as tf.Scalar);
    for (const [name, g] of Object.entries(grads)) found.set(names.get(name) as string, g.dataSync() as Float32Array);
  });
  return found;
}

describe.each(cases.map(([spec, stage, side]) => [spec.name, spec, stage, side] as const))('stages of %s', (_name, spec, stage, side) => {
  it('name every parameter once, up to the last norm', () => {
    const encoder = spec.build({ random });
    for (const name of encoder.trainable().keys()) {
      const owners = (spec.stages ?? []).filter(({ parameters }) => parameters.some((prefix) => name.startsWith(prefix)));
      expect(owners.length, name).toBe(/^(norm|fc_norm|head\.norm)\./.test(name) ? 0 : 1);
    }
    encoder.dispose();
  });

  it('are left as they are in front of those that are trained, which get the gradients that they got', async () => {
    const x = tiles();
    const encoder = spec.build({ random });
    const all = gradients(encoder, x, evaluation);
    freezeThrough(encoder, stage);
    const some = gradients(encoder, x, evaluation);
    expect([...some.keys()].sort()).toEqual([...encoder.trainable().keys()].sort());
    expect(some.size).toBeGreaterThan(0);
    expect(some.size).toBeLessThan(all.size);
    for (const [name, gradient] of some) {
      const expected = all.get(name) as Float32Array;
      const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
      gradient.forEach((value, i) => {
        if (Math.abs(value - (expected[i] as number)) > 2e-3 * scale) expect(value, `${name}[${i}]`).toBe(expected[i]);
      });
    }
    const before = await toStateDict(encoder);
    const backend = tf.backend() as unknown as { numDataIds(): number };
    gradients(encoder, x, training);
    const held = [tf.memory().numTensors, backend.numDataIds()];
    gradients(encoder, x, training);
    expect([tf.memory().numTensors, backend.numDataIds()]).toEqual(held);
    const frozen = (spec.stages ?? []).slice(0, (spec.stages ?? []).findIndex(({ name }) => name === stage) + 1);
    for (const [name, record] of await toStateDict(encoder)) {
      const isFrozen = frozen.some(({ parameters }) => parameters.some((prefix) => name.startsWith(prefix)));
      if (isFrozen) expect(record, name).toEqual(before.get(name));
      else if (name.endsWith('running_mean')) expect(record, name).not.toEqual(before.get(name));
    }
    tf.dispose(x);
    encoder.dispose();
  });

  it('give maps of their size, and their mean as features', () => {
    const x = tiles();
    const encoder = spec.build({ random });
    const held = tf.memory().numTensors;
    const width = spec.stages?.find(({ name }) => name === stage)?.featureDim as number;
    const maps = stageMaps(encoder, x, [stage]);
    expect([...maps].map(([name, map]) => [name, map.shape])).toEqual([[stage, [2, side, side, width]]]);
    const features = stageFeatures(encoder, x, stage);
    const expected = tf.mean(maps.get(stage) as tf.Tensor, [1, 2]);
    expect(features.dataSync()).toEqual(expected.dataSync());
    tf.dispose([[...maps.values()], features, expected]);
    expect(tf.memory().numTensors).toBe(held);
    tf.dispose(x);
    encoder.dispose();
  });
});

describe('a stage', () => {
  it('gives at the end of a ResNet what the encoder gives', () => {
    const x = tiles();
    const encoder = first.build({ random });
    const [features, whole] = [stageFeatures(encoder, x, 'layer2'), encoder.forward(x, evaluation)];
    const worst = tf.tidy(() => tf.max(tf.abs(tf.sub(features, whole))).dataSync()[0]);
    expect(worst).toBeLessThan(1e-5);
    tf.dispose([x, features, whole]);
    encoder.dispose();
  });

  it('that is not there is refused with those that are', () => {
    const encoder = first.build({ random });
    const wanted = { code: 'encoders/unknown-stage', message: expect.stringContaining('it has stem, layer1, layer2') };
    expect(() => freezeThrough(encoder, 'layer3')).toThrow(expect.objectContaining(wanted));
    const x = tiles();
    expect(() => stageMaps(encoder, x, ['layer1', 'blocks'])).toThrow(expect.objectContaining({ code: 'encoders/unknown-stage' }));
    tf.dispose(x);
    encoder.dispose();
  });
});
