import { SlidestreamError } from '@slidestream/core';
import type { KernelBackend } from '@tensorflow/tfjs-core';

/** The part of tfjs' WebGPU backend that is used here. */
export interface WebGpuBackend extends KernelBackend {
  readonly device: {
    addEventListener(name: 'uncapturederror', listener: (event: { readonly error: { readonly message: string } }) => void): void;
  };
}

/**
 * Makes reading from the GPU fail once the GPU has refused anything: what it refuses leaves zeros behind, and nothing else would
 * tell. The error is `engine/webgpu-fault`.
 */
export function refuseAfterFaults(backend: WebGpuBackend): void {
  let fault: string | undefined;
  backend.device.addEventListener('uncapturederror', ({ error }) => {
    fault ??= error.message;
  });
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    const values = await read(dataId);
    if (fault === undefined) return values;
    throw new SlidestreamError({
      code: 'engine/webgpu-fault',
      category: 'internal',
      message: `the GPU refused an operation: ${fault.split('\n', 1)[0]}`,
      hint: 'Use device "cpu" for this model, and report it with the name of the GPU (slidestream doctor)',
    });
  };
}
