import { SlidestreamError, type StateDict, type TensorRecord, toFloat32 } from '@slidestream/core';
import { tensor } from '@tensorflow/tfjs-core';
import { insideShape, outsideShape, toInside, toOutside } from './border-layout.js';
import type { Module } from './module.js';
import type { Parameter } from './parameter.js';

/** What a state dict and a module had in common. */
export interface LoadReport {
  readonly matched: readonly string[];
  /** In the module, not in the dict. */
  readonly missing: readonly string[];
  /** In the dict, not in the module. */
  readonly unexpected: readonly string[];
}

/** How strictly a state dict must fit. */
export interface LoadOptions {
  /** Refuse when anything is missing or left over; default `true`. A differing shape is always refused. */
  readonly strict?: boolean | undefined;
}

/** The module's parameters and buffers as plain data, under PyTorch's names and layouts. Asynchronous, as reading from a GPU is. */
export async function toStateDict(module: Module): Promise<StateDict> {
  const records = [...module.named()].map(async ([name, parameter]) => [name, await toRecord(parameter)] as const);
  return new Map(await Promise.all(records));
}

/**
 * Copies `dict` into `module`, by name.
 *
 * @throws SlidestreamError `tensors/state-dict-mismatch` when a shape differs, or, if strict, a name is missing or left over
 */
export function loadStateDict(module: Module, dict: StateDict, options: LoadOptions = {}): LoadReport {
  const named = module.named();
  const matched = [...named.keys()].filter((name) => dict.has(name));
  const missing = [...named.keys()].filter((name) => !dict.has(name));
  const unexpected = [...dict.keys()].filter((name) => !named.has(name));
  if (options.strict !== false && missing.length + unexpected.length > 0) {
    throw mismatch(`missing: ${list(missing)}; not expected: ${list(unexpected)}`);
  }
  for (const name of matched) {
    const parameter = named.get(name) as Parameter;
    const record = dict.get(name) as TensorRecord;
    const expected = outsideShape(parameter.variable.shape, parameter.layout);
    if (expected.join() !== record.shape.join()) throw mismatch(`${name} is [${record.shape}], the model needs [${expected}]`);
  }
  for (const name of matched) assign(named.get(name) as Parameter, dict.get(name) as TensorRecord);
  return { matched, missing, unexpected };
}

async function toRecord({ variable, layout, dtype }: Parameter): Promise<TensorRecord> {
  const shape = outsideShape(variable.shape, layout);
  const values = await variable.data();
  if (dtype === 'int64') return { dtype, shape, data: BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))) };
  if (dtype !== 'float32') throw mismatch(`parameters of type ${dtype} cannot be exported`);
  return { dtype, shape, data: toOutside(Float32Array.from(values), variable.shape, layout) };
}

function assign({ variable, layout }: Parameter, record: TensorRecord): void {
  const values = toInside(toFloat32(record), record.shape, layout);
  const value = tensor(values, insideShape(record.shape, layout), variable.dtype as 'float32' | 'int32');
  variable.assign(value);
  value.dispose();
}

function list(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  return `${names.slice(0, 8).join(', ')}${names.length > 8 ? `, … (${names.length})` : ''}`;
}

function mismatch(message: string): SlidestreamError {
  return new SlidestreamError({
    code: 'tensors/state-dict-mismatch',
    category: 'data',
    message: `the weights do not fit the model: ${message}`,
    hint: 'Check that encoder, head and their options are those of the checkpoint',
  });
}
