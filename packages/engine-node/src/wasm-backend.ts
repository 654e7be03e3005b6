import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { setBackend } from '@tensorflow/tfjs-core';
import { processorName } from './device-name.js';
import { usageError } from './engine-error.js';

/** Makes WebAssembly tfjs' backend, on one core; the processor's name. @throws SlidestreamError `engine/no-wasm` */
export async function startWasm(): Promise<string> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(dirname(main) + sep);
  if (!(await setBackend('wasm'))) {
    throw usageError('no-wasm', 'the WebAssembly engine does not start on this processor', 'Use device "cpu"');
  }
  return processorName();
}
