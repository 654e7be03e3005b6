import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { joinAxes } from './webgpu-pad.js';

const run = promisify(execFile);
const flags = ['--conditions=@slidestream/source', '--import', 'tsx', '--input-type=module', '-e'];

/** Debian's chromium brings a Vulkan device in software, with the loader beside it. */
const CHROMIUM = '/usr/lib/chromium';
const software = existsSync(`${CHROMIUM}/vk_swiftshader_icd.json`);

/** A small convolutional classifier trained for a few steps: what a fresh process prints. */
async function trained(device: string): Promise<{ losses: number[]; lacks: string[] }> {
  const code = `
    import { randomStream } from '@slidestream/core';
    import { startEngine } from '@slidestream/engine-node';
    import { BatchNorm2d, chain, Conv2d, convNorm, Linear, Module, runImageNetwork } from '@slidestream/tensors';
    import { adamW } from '@slidestream/training';
    import * as tf from '@tensorflow/tfjs-core';
    const info = await startEngine({ device: ${JSON.stringify(device)} });
    const random = randomStream('net');
    class Net extends Module {
      network = chain([
        convNorm(
          this.child('conv', new Conv2d({ inChannels: 3, outChannels: 8, kernel: 3, stride: 2, padding: 1, random: random.fork('conv') })),
          this.child('bn', new BatchNorm2d(8, { activation: 'relu' })),
        ),
      ]);
      linear = this.child('linear', new Linear({ inputDim: 8, outputDim: 2, random: random.fork('linear') }));
      forward(x) { return this.linear.forward(runImageNetwork(this, this.network, x, { training: true, random })); }
    }
    const net = new Net();
    const values = Float32Array.from({ length: 8 * 16 * 16 * 3 }, () => random.normal());
    const x = tf.tensor4d(values, [8, 16, 16, 3]);
    const labels = tf.oneHot(tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1], 'int32'), 2);
    const optimiser = adamW({ learningRate: 0.01, weightDecay: 0.01 }).bind(net.trainable());
    const names = new Map([...net.trainable()].map(([name, { variable }]) => [variable.name, name]));
    const losses = [];
    for (let step = 0; step < 6 && info.lacks.length === 0; step++) {
      const { value, grads } = tf.variableGrads(() => {
        return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(net.forward(x)), labels), 1)));
      });
      optimiser.apply(new Map(Object.entries(grads).map(([name, g]) => [names.get(name), g])), 0.01);
      losses.push((await value.data())[0]);
    }
    console.log(JSON.stringify({ losses, lacks: info.lacks, device: info.device, name: info.deviceName }));
    process.exit(0);`;
  const env = { ...process.env, LD_LIBRARY_PATH: CHROMIUM, VK_ICD_FILENAMES: `${CHROMIUM}/vk_swiftshader_icd.json` };
  const { stdout } = await run(process.execPath, [...flags, code], { cwd: import.meta.dirname, env });
  const said = JSON.parse(stdout.trim().split('\n').at(-1) as string) as {
    losses: number[];
    lacks: string[];
    device: string;
    name: string;
  };
  expect(said.device).toBe(device);
  expect(said.name).not.toBe('');
  return said;
}

it.skipIf(!software)('trains on WebGPU as on the CPU (a software device: Debian’s chromium)', { timeout: 240_000 }, async () => {
  const [cpu, gpu] = [await trained('cpu'), await trained('webgpu')];
  expect(cpu.losses).toHaveLength(6);
  expect(gpu.lacks).toEqual([]);
  gpu.losses.forEach((loss, step) => {
    expect(Math.abs(loss - (cpu.losses[step] as number)), `step ${step}`).toBeLessThan(1e-2);
  });
  expect(cpu.losses.at(-1)).toBeLessThan(cpu.losses[0] as number);
});

it('says what WebAssembly lacks', { timeout: 120_000 }, async () => {
  const { lacks } = await trained('wasm');
  expect(lacks).toContain('Conv2DBackpropFilter');
});

it('refuses WebGPU where there is no GPU', { timeout: 120_000 }, async () => {
  const code = `
    import { startEngine } from '@slidestream/engine-node';
    await startEngine({ device: 'webgpu' }).catch((error) => console.log(error.code));
    process.exit(0);`;
  const env = { ...process.env, VK_ICD_FILENAMES: '/nowhere.json', LD_LIBRARY_PATH: '' };
  const { stdout } = await run(process.execPath, [...flags, code], { cwd: import.meta.dirname, env });
  expect(stdout.trim().split('\n').at(-1)).toBe('engine/no-webgpu');
});

it('joins neighbouring axes without padding', () => {
  const joined = joinAxes(
    [2, 3, 4, 5, 6],
    [
      [0, 0],
      [0, 0],
      [1, 2],
      [0, 0],
      [0, 0],
    ],
  );
  expect(joined).toEqual({
    shape: [6, 4, 30],
    paddings: [
      [0, 0],
      [1, 2],
      [0, 0],
    ],
  });
});
