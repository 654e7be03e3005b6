import { getBackend } from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels.js';
import { portableKernels } from './portable-kernels.js';

const installed = new Map<string, Kernels>();

/** Makes `kernels` the ones to use while `backend` is tfjs' current backend. Called by an engine package at its start. */
export function installKernels(backend: string, kernels: Kernels): void {
  installed.set(backend, kernels);
}

/** The kernels for tfjs' current backend: installed ones, or the portable form. */
export function currentKernels(): Kernels {
  return installed.get(getBackend()) ?? portableKernels;
}
