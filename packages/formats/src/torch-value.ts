import type { TensorRecord } from '@slidestream/core';
import { NumpyArray, PickleGlobal, type PickleValue } from '@slidestream/pickle';
import { formatError } from './format-error.js';
import { numpyToRecord } from './numpy-record.js';
import { Namespace } from './torch-allowlist.js';
import { TorchStorage, TorchTensor } from './torch-storage.js';

/** What a PyTorch file holds: plain data whose leaves may be tensors. Dicts are Maps, lists and tuples arrays. */
export type TorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | TensorRecord
  | readonly TorchValue[]
  | ReadonlySet<TorchValue>
  | ReadonlyMap<TorchValue, TorchValue>;

/** Whether a value is a tensor. */
export function isTensorRecord(value: unknown): value is TensorRecord {
  return typeof value === 'object' && value !== null && 'dtype' in value && 'shape' in value && 'data' in value;
}

/**
 * The machine's result as plain data, every tensor a contiguous record; tensors that share a storage get copies of their own, one tensor met twice is one record.
 *
 * @param maxBytes - what all tensors together may take: a view of stride 0 makes much of little
 * @throws SlidestreamError `format/torch-*`
 */
export function toTorchValue(value: PickleValue, maxBytes: number, file: string | undefined): TorchValue {
  const records = new Map<TorchTensor, TensorRecord>();
  let total = 0;
  const tensor = (item: TorchTensor): TensorRecord => {
    const known = records.get(item);
    if (known !== undefined) return known;
    total += item.byteLength;
    if (total > maxBytes)
      throw formatError('torch-too-large', `the tensors would take more than ${maxBytes} bytes, far more than the file`, { file });
    const load = item.storage.load;
    if (load === undefined) throw formatError('torch-storage', `the data of storage ${item.storage.key} are missing`, { file });
    const record = item.toRecord(load());
    records.set(item, record);
    return record;
  };
  const convert = (item: PickleValue): TorchValue => {
    if (item === null || typeof item !== 'object' || item instanceof Uint8Array) return item;
    if (item instanceof TorchTensor) return tensor(item);
    if (item instanceof NumpyArray) return numpyToRecord(item, file);
    if (Array.isArray(item)) return (item as readonly PickleValue[]).map(convert);
    if (item instanceof Map) return new Map([...item].map(([key, entry]) => [convert(key), convert(entry)]));
    if (item instanceof Set) return new Set([...item].map(convert));
    if (item instanceof Namespace) return convert(item.fields);
    if (item instanceof PickleGlobal) return `${item.module}.${item.name}`;
    if (item instanceof TorchStorage) throw formatError('torch-storage', 'a bare storage is not read, save a tensor instead', { file });
    throw formatError('torch-value', 'the file holds an object that is no plain data', { file });
  };
  return convert(value);
}
