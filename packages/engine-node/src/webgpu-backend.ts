import { engine, setBackend } from '@tensorflow/tfjs-core';
import { usageError } from './engine-error.js';
import { refuseAfterFaults, type WebGpuBackend } from './webgpu-faults.js';
import { mendPad } from './webgpu-pad.js';

interface Adapter {
  readonly info: { readonly vendor: string; readonly architecture: string; readonly device: string; readonly description: string };
}

interface Gpu {
  requestAdapter(options: { powerPreference: 'high-performance' }): Promise<Adapter | null>;
}

/** Keeps Dawn's instance: the backend's device would end with it. */
let instance: Gpu | undefined;

/** Makes WebGPU (Dawn) tfjs' backend; the GPU's name. @throws SlidestreamError `engine/no-webgpu` */
export async function startWebGpu(): Promise<string> {
  const { create, globals } = await loadDawn();
  Object.assign(globalThis, globals);
  instance = create([]);
  const adapter = await instance.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw noGpu('WebGPU finds no GPU', undefined);
  // The backend looks for it there, as in a browser; Node 20 has no navigator at all.
  const scope = globalThis as { navigator?: object };
  if (scope.navigator === undefined) Object.defineProperty(scope, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(scope.navigator, 'gpu', { value: instance, configurable: true });
  await import('@tensorflow/tfjs-backend-webgpu');
  if (!(await setBackend('webgpu'))) throw noGpu('WebGPU does not start on this GPU', undefined);
  refuseAfterFaults(engine().findBackend('webgpu') as unknown as WebGpuBackend);
  mendPad();
  const { vendor, architecture, device, description } = adapter.info;
  return description || [vendor, architecture, device].filter((part) => part !== '').join(' ') || 'WebGPU';
}

async function loadDawn(): Promise<{ create(flags: string[]): Gpu; globals: object }> {
  try {
    return (await import('webgpu')) as unknown as { create(flags: string[]): Gpu; globals: object };
  } catch (cause) {
    throw noGpu('WebGPU is not installed: the package webgpu does not load on this machine', cause);
  }
}

function noGpu(message: string, cause: unknown): ReturnType<typeof usageError> {
  return usageError(
    'no-webgpu',
    message,
    'Install the GPU’s Vulkan, Metal or Direct3D 12 driver, or use device "cpu"; a software device serves tests (README of engine-node)',
    cause,
  );
}
