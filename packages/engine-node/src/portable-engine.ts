import * as tf from '@tensorflow/tfjs-core';
import { loadError } from './engine-error.js';
import type { EngineInfo, EngineOptions } from './engine-options.js';
import { startWasm } from './wasm-backend.js';
import { startWebGpu } from './webgpu-backend.js';

/** What training an encoder runs beside the forward kernels, which both backends have. */
const TRAINING_KERNELS = [
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'MaxPoolGrad',
];

/** A tfjs backend without TensorFlow: kernels in portable form, gradients from tfjs. */
export async function startPortable(device: 'webgpu' | 'wasm', options: EngineOptions): Promise<EngineInfo> {
  let tfjsVersion: string;
  try {
    // tfjs-core alone has no gradients; this package brings them for every backend.
    tfjsVersion = (await import('@tensorflow/tfjs')).version['tfjs-core'];
  } catch (cause) {
    throw loadError(cause);
  }
  const deviceName = await (device === 'webgpu' ? startWebGpu() : startWasm());
  return {
    device,
    deviceName,
    tensorflowVersion: null,
    tfjsVersion,
    threads: options.threads ?? null,
    deterministic: options.deterministic ?? false,
    fastKernels: [],
    lacks: TRAINING_KERNELS.filter((kernel) => tf.getKernel(kernel, device) === undefined),
  };
}
