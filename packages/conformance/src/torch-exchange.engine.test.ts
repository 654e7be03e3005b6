import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { convNeXtSpec, type EncoderSpec, encoders, loadEncoderWeights, r18, vitSpec } from '@slidestream/backbones';
import { randomStream, type StateDict, type TensorRecord, toFloat32 } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import { readStateDict, readTorch, writeTorch } from '@slidestream/formats';
import { abmilx } from '@slidestream/mil-heads';
import { type ForwardContext, loadStateDict, type Module, toStateDict } from '@slidestream/tensors';
import { endToEnd, type SlideModel } from '@slidestream/training';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const python = process.env.SLIDESTREAM_PYTHON ?? 'python3';
const hasTorch = spawnSync(python, ['-c', 'import torch']).status === 0;
if (!hasTorch) process.stderr.write("skipped: exchange of weights with Python's torch, which is absent\n");

const random = randomStream('torch exchange');
const context: ForwardContext = { training: false, random };
const folder = mkdtempSync(join(tmpdir(), 'slidestream-torch-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A model of ours, what it gives for tiles, and the same in PyTorch. */
interface Exchange {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly sidePx: number;
  readonly model: Module;
  run(tiles: tf.Tensor4D): tf.Tensor;
  load(dict: StateDict): void;
}

function encoder(spec: EncoderSpec, kind: string, sidePx: number, options: Readonly<Record<string, unknown>>): Exchange {
  const model = spec.build({ random });
  return {
    ...{ kind, options, sidePx, model },
    run: (tiles) => model.forward(tiles, context),
    load: (dict) => void loadEncoderWeights(model, dict),
  };
}

function slide(): Exchange {
  const head = abmilx.build({ sizes: { inputDim: 256, classes: 3 }, options: { innerDim: 64 }, random: random.fork('head') });
  const model: SlideModel = endToEnd({ encoder: r18.build({ random }), head });
  const features = { stages: [2, 2, 2], bottleneck: false, features: 256 };
  return {
    ...{ kind: 'slide', options: { ...features, width: 64, heads: 8, classes: 3 }, sidePx: 64, model },
    run: (tiles) => {
      const encoded = model.encoder?.forward(tiles, context) as tf.Tensor2D;
      return model.head.forward({ features: tf.expandDims(encoded, 0) }, context).logits;
    },
    load: (dict) => void loadStateDict(model, dict),
  };
}

const vit = { embedDim: 32, depth: 2, heads: 4, patchSizePx: 8, imageSizePx: 48, summary: 'small' } as const;
const asTorch = { width: 32, depth: 2, heads: 4, patch: 8, grid: 6, hidden: 128 };
const cases: Readonly<Record<string, () => Exchange>> = {
  'r18-abmilx': slide,
  r34: () => encoder(encoders.get('r34'), 'resnet', 64, { stages: [3, 4, 6], bottleneck: false }),
  r101: () => encoder(encoders.get('r101'), 'resnet', 64, { stages: [3, 4, 23], bottleneck: true }),
  vit: () => encoder(vitSpec({ ...vit, name: 'vit' }), 'vit', 48, asTorch),
  'vit-mean': () =>
    encoder(vitSpec({ ...vit, name: 'vit-mean', classToken: false, pool: 'mean' }), 'vit', 48, { ...asTorch, token: false }),
  dinov2: () =>
    encoder(
      vitSpec({ ...vit, name: 'dinov2', registers: 4, positionsForAll: false, layerScale: 1e-5, mlp: 'swiglu-packed', activation: 'silu' }),
      ...(['vit', 32, { ...asTorch, kind: 'swiglu-packed', scaled: true, registers: 4, all_placed: false }] as const),
    ),
  convnext: () =>
    encoder(convNeXtSpec({ name: 'convnext', summary: 'small', depths: [1, 2, 1], widths: [16, 24, 32] }), 'convnext', 68, {
      depths: [1, 2, 1],
      widths: [16, 24, 32],
    }),
};

describe.skipIf(!hasTorch)('weights go to PyTorch and come back', () => {
  const built = new Map<string, { exchange: Exchange; tiles: tf.Tensor4D; ours: Float32Array }>();
  const values = (exchange: Exchange, tiles: tf.Tensor4D): Float32Array => tf.tidy(() => exchange.run(tiles).dataSync()) as Float32Array;

  beforeAll(async () => {
    await startEngine();
    for (const [name, make] of Object.entries(cases)) {
      const exchange = make();
      const { sidePx } = exchange;
      const tiles = tf.randomNormal([3, sidePx, sidePx, 3], 0, 1, 'float32', 7) as tf.Tensor4D;
      const nchw = tf.tidy(() => tf.transpose(tiles, [0, 3, 1, 2]).dataSync()) as Float32Array;
      await writeTorch(join(folder, `${name}.x.pt`), { dtype: 'float32', shape: [3, 3, sidePx, sidePx], data: nchw });
      await writeTorch(join(folder, `${name}.ours.pt`), await toStateDict(exchange.model));
      built.set(name, { exchange, tiles, ours: values(exchange, tiles) });
    }
    const list = [...built].map(
      ([
        name,
        {
          exchange: { kind, options },
        },
      ]) => ({ name, kind, options }),
    );
    writeFileSync(join(folder, 'cases.json'), JSON.stringify(list));
    const script = fileURLToPath(new URL('./torch_reference.py', import.meta.url));
    const { status, stdout, stderr } = spawnSync(python, [script, folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    expect(stdout.trim()).toBe('strict');
  }, 300_000);

  it.each(Object.keys(cases))('%s: PyTorch loads ours strictly and gives the same, and the reverse', async (name) => {
    const { exchange, tiles, ours } = built.get(name) as { exchange: Exchange; tiles: tf.Tensor4D; ours: Float32Array };
    const answer = (await readTorch(join(folder, `${name}.answer.pt`))) as ReadonlyMap<string, TensorRecord>;
    expectClose(ours, toFloat32(answer.get('ours') as TensorRecord));
    exchange.load(await readStateDict(join(folder, `${name}.theirs.pth`)));
    const theirs = values(exchange, tiles);
    expect(theirs).not.toEqual(ours);
    expectClose(theirs, toFloat32(answer.get('theirs') as TensorRecord));
    exchange.model.dispose();
    tiles.dispose();
  });
});

/** Within 1e-5 of the largest. */
function expectClose(values: Float32Array, expected: Float32Array): void {
  expect(values.length).toBe(expected.length);
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = values.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] as number))), 0);
  expect(largest).toBeGreaterThan(0);
  expect(worst / largest).toBeLessThan(1e-5);
}
