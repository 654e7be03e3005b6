import { totalmem } from 'node:os';
import { isMainThread } from 'node:worker_threads';
import { installKernels } from '@slidestream/tensors';
import { engine } from '@tensorflow/tfjs-core';
import { cudaName, processorName } from './device-name.js';
import { loadError, usageError } from './engine-error.js';
import type { EngineInfo, EngineOptions } from './engine-options.js';
import { nativeKernels, publicKernelsOnly } from './native-kernels.js';
import { replaceMatMul } from './native-mat-mul.js';
import type { NodeBackend } from './node-backend.js';
import { startPortable } from './portable-engine.js';
import { restoreRemovedUtil } from './removed-util.js';
import { tryOneDnnKernels } from './self-test.js';

const BACKEND = 'tensorflow';
const STARTED = Symbol.for('@slidestream/engine-node/started');

interface Started {
  readonly options: EngineOptions;
  readonly info: Promise<EngineInfo>;
}

/**
 * Starts a tensor engine in this process; about two seconds for the native one, whose kernels are installed over the portable
 * form. A second call with the same options gives what the first one did.
 *
 * @throws SlidestreamError `engine/not-installed`, `engine/load-failed`, `engine/worker-thread`, `engine/already-started`
 *   (other options than the first call's), `engine/another-engine`, `engine/no-gpu`,
 *   `engine/no-webgpu`, `engine/no-wasm`
 * @example
 * ```ts
 * const { device, tensorflowVersion } = await startEngine({ device: 'cpu', threads: 2 });
 * ```
 */
export function startEngine(options: EngineOptions = {}): Promise<EngineInfo> {
  const scope = globalThis as { [STARTED]?: Started };
  const started = scope[STARTED];
  if (started === undefined) {
    const info = start(options);
    scope[STARTED] = { options, info };
    info.catch(() => {
      delete scope[STARTED];
    });
    return info;
  }
  const differs = (['device', 'threads', 'deterministic'] as const).find(
    (key) => options[key] !== undefined && options[key] !== started.options[key],
  );
  if (differs !== undefined) {
    return Promise.reject(usageError('already-started', `the engine runs already with another "${differs}"`, 'Start it once per process'));
  }
  return started.info.then((info) => {
    if (info.tensorflowVersion !== null) install();
    return info;
  });
}

async function start(options: EngineOptions): Promise<EngineInfo> {
  refuseWhere();
  if (options.device === 'webgpu' || options.device === 'wasm') return startPortable(options.device, options);
  setEnvironment(options);
  restoreRemovedUtil();
  let tfjsVersion: string;
  try {
    const package_ = (await import('@tensorflow/tfjs-node-gpu')) as { version: Record<string, string> };
    tfjsVersion = package_.version['tfjs-node'] ?? 'unknown';
  } catch (cause) {
    throw loadError(cause);
  }
  const { binding } = engine().findBackend(BACKEND) as unknown as NodeBackend;
  const device = binding.isUsingGpuDevice() ? 'cuda' : 'cpu';
  if (options.device === 'cuda' && device === 'cpu') {
    throw usageError('no-gpu', 'device "cuda" was asked for and TensorFlow finds no GPU', 'Use device "cpu", or install the GPU libraries');
  }
  return {
    device,
    deviceName: device === 'cuda' ? cudaName() : processorName(),
    tensorflowVersion: binding.TF_Version,
    tfjsVersion,
    threads: options.threads ?? null,
    deterministic: options.deterministic ?? false,
    fastKernels: install(),
    lacks: [],
  };
}

function refuseWhere(): void {
  if (!isMainThread) {
    throw usageError('worker-thread', 'the tensor engine cannot be loaded in a worker thread', 'Use a process of its own');
  }
  const registered = Object.keys(engine().registryFactory);
  if (registered.length > 0) {
    throw usageError(
      'another-engine',
      `another tensor engine is loaded in this process (${registered.join(', ')})`,
      'One engine per process: start this one first, or in a process of its own',
    );
  }
}

function setEnvironment({ device, threads, deterministic }: EngineOptions): void {
  const env = process.env;
  env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // malloc gives every tensor over 32 MB back to the kernel, whose zeroing of fresh pages then takes half of an inference pass:
  // TensorFlow's own pool keeps them. It stops at the machine's memory with an error instead of being killed.
  env.TF_CPU_ALLOCATOR_USE_BFC ??= 'true';
  env.TF_CPU_BFC_MEM_LIMIT_IN_MB ??= String(Math.floor(memoryLimit() / 2 ** 20));
  if (device === 'cpu') env.CUDA_VISIBLE_DEVICES = '-1';
  if (threads !== undefined) {
    env.TF_NUM_INTRAOP_THREADS = String(threads);
    env.OMP_NUM_THREADS = String(threads);
  }
  if (deterministic === true) env.TF_DETERMINISTIC_OPS = '1';
}

/** Bytes that this process may take: the machine's, or its container's when that is less. */
function memoryLimit(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** Installs kernels, with those of oneDNN that pass their test. */
function install(): string[] {
  const backend = engine().findBackend(BACKEND) as unknown as NodeBackend;
  // oneDNN's kernels are the processor's: called by name they would fetch every tensor from a GPU
  const found = backend.binding.isUsingGpuDevice() ? publicKernelsOnly : tryOneDnnKernels(backend);
  replaceMatMul(BACKEND, found.matMul);
  installKernels(BACKEND, { ...nativeKernels(backend, found), careful: nativeKernels(backend, publicKernelsOnly) });
  return Object.entries(found).flatMap(([name, usable]) => (usable ? [name] : []));
}
