import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { startEngine } from './start-engine.js';

const run = promisify(execFile);
const flags = ['--conditions=@slidestream/source', '--import', 'tsx', '--input-type=module', '-e'];

/** What a fresh process prints. */
async function inProcess(code: string): Promise<string> {
  const { stdout } = await run(process.execPath, [...flags, code], { cwd: import.meta.dirname });
  return stdout.trim();
}

it('says what it started, and gives the same again', async () => {
  const info = await startEngine();
  expect(info.device).toMatch(/^(cpu|cuda)$/);
  expect(info.tensorflowVersion).toMatch(/^\d+\.\d+\.\d+/);
  expect(await startEngine()).toEqual(info);
});

it('refuses other options than those it runs with', async () => {
  await startEngine();
  await expect(startEngine({ threads: 63 })).rejects.toMatchObject({ code: 'engine/already-started', category: 'usage' });
});

it('refuses a second engine in one process', async () => {
  const code = `
    import { registerBackend } from '@tensorflow/tfjs-core';
    import { startEngine } from '@slidestream/engine-node';
    registerBackend('other', () => ({}));
    await startEngine().catch((error) => console.log(error.code));`;
  expect(await inProcess(code)).toBe('engine/another-engine');
});

it('refuses worker threads', async () => {
  const url = new URL('./start-engine.ts', import.meta.url).href;
  const code = `
    import { parentPort } from 'node:worker_threads';
    const { register } = await import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))});
    register();
    const { startEngine } = await import(${JSON.stringify(url)});
    parentPort.postMessage(await startEngine().then(() => 'started', (error) => error.code));`;
  const main = `
    import { Worker } from 'node:worker_threads';
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(code)})));
    worker.once('message', (message) => { console.log(message); void worker.terminate(); });`;
  expect(await inProcess(main)).toBe('engine/worker-thread');
});

it('takes threads into account and refuses a GPU that is not there', async () => {
  const code = `
    import { startEngine } from '@slidestream/engine-node';
    const info = await startEngine({ device: 'cpu', threads: 1, deterministic: true });
    console.log(JSON.stringify([info.device, info.threads, info.deterministic, process.env.TF_NUM_INTRAOP_THREADS]));`;
  expect(JSON.parse(await inProcess(code))).toEqual(['cpu', 1, true, '1']);
  const gpu = `
    import { startEngine } from '@slidestream/engine-node';
    process.env.CUDA_VISIBLE_DEVICES = '-1';
    await startEngine({ device: 'cuda' }).catch((error) => console.log(error.code));`;
  expect(await inProcess(gpu)).toBe('engine/no-gpu');
});
