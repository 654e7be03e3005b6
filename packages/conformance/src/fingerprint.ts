import { type StateDict, type TensorRecord, toFloat32 } from '@slidestream/core';
import { Module, type Parameter, toStateDict } from '@slidestream/tensors';
import type { Gradients } from '@slidestream/training';
import * as tf from '@tensorflow/tfjs-core';
import type { Comparison } from './comparison.js';

/** Sum, norm and first values of a tensor. */
export interface Fingerprint {
  readonly sum: number;
  readonly l2: number;
  readonly first4: readonly number[];
}

const RELATIVE = 1e-3;
/** Below this share of a tensor's scale, or of one, a difference is rounding. */
const FLOOR = 1e-6;

/** Compares a whole tensor by its relative L2 norm, 1e-3. */
export function compareWhole(comparison: Comparison, name: string, actual: TensorRecord | undefined, expected: TensorRecord): void {
  const wanted = toFloat32(expected);
  if (actual === undefined || actual.data.length !== wanted.length)
    return void comparison.fail(`there is no ${name} of ${wanted.length} values`);
  const found = toFloat32(actual);
  let apart = 0;
  for (let i = 0; i < wanted.length; i++) apart += ((found[i] as number) - (wanted[i] as number)) ** 2;
  comparison.error(name, Math.sqrt(apart), RELATIVE * norm(wanted) + FLOOR * Math.sqrt(wanted.length));
}

/** Compares sum, norm and first values: 1e-3 of the tensor's norm, of its norm, and of each value and its typical size. */
export function compareFingerprint(comparison: Comparison, name: string, actual: TensorRecord | undefined, expected: Fingerprint): void {
  if (actual === undefined) return void comparison.fail(`there is no ${name}`);
  const values = toFloat32(actual);
  const floor = FLOOR * Math.sqrt(values.length);
  const typical = expected.l2 / Math.sqrt(values.length);
  let sum = 0;
  for (const value of values) sum += value;
  comparison.error(`${name} l2`, Math.abs(norm(values) - expected.l2), RELATIVE * expected.l2 + floor);
  comparison.error(`${name} sum`, Math.abs(sum - expected.sum), RELATIVE * Math.max(Math.abs(expected.sum), expected.l2) + floor);
  expected.first4.forEach((value, i) => {
    comparison.error(`${name}[${i}]`, Math.abs((values[i] as number) - value), RELATIVE * Math.max(Math.abs(value), typical) + FLOOR);
  });
}

/** Gradients under PyTorch's layouts, as the parameters that they belong to. */
export function outsideLayout(model: Module, gradients: Gradients): Promise<StateDict> {
  return toStateDict(new Holder(model.named(), gradients));
}

class Holder extends Module {
  constructor(named: ReadonlyMap<string, Parameter>, gradients: Gradients) {
    super();
    for (const [name, gradient] of gradients) this.buffer(name, tf.clone(gradient), { layout: named.get(name)?.layout ?? 'same' });
  }
}

/** Euclidean norm. */
export function norm(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}
