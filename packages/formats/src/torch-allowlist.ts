import type { DType } from '@slidestream/core';
import {
  type AllowedGlobal,
  type AllowList,
  defaultAllowList,
  type GlobalName,
  isDict,
  isSequence,
  mergeAllowLists,
  PickleGlobal,
  type PickleObject,
  PickleRefusal,
  type PickleValue,
} from '@slidestream/pickle';
import { TorchStorage, TorchTensor } from './torch-storage.js';

const STORAGES: Readonly<Record<string, DType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

/** PyTorch's name of a storage of `dtype`, `FloatStorage`. */
export const storageNames: ReadonlyMap<DType, string> = new Map(Object.entries(STORAGES).map(([name, dtype]) => [dtype, name]));

const DTYPE_NAMES = [
  'float64',
  'float32',
  'float16',
  'bfloat16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
  'float',
  'double',
  'half',
  'long',
  'int',
];

/** A `dict` subclass; its attributes (`_metadata` of a state dict) are book-keeping of PyTorch's and are left out. */
class OrderedDict extends Map<PickleValue, PickleValue> implements PickleObject {
  readonly setState = (): void => undefined;
}

/** `argparse.Namespace`, `types.SimpleNamespace`: a dict once its state has arrived. */
export class Namespace implements PickleObject {
  fields: ReadonlyMap<PickleValue, PickleValue> = new Map();
  readonly setState = (state: PickleValue): void => {
    if (!isDict(state)) throw new PickleRefusal('bad-state', 'the state of a namespace is no dict');
    this.fields = state;
  };
}

function orderedDict(args: readonly PickleValue[]): PickleValue {
  const [items] = args;
  const dict = new OrderedDict();
  if (items === undefined) return dict;
  if (!isSequence(items)) throw new PickleRefusal('bad-arguments', 'OrderedDict is called with other than pairs');
  for (const pair of items) {
    if (!isSequence(pair) || pair.length !== 2) throw new PickleRefusal('bad-arguments', 'OrderedDict is called with other than pairs');
    dict.set(pair[0] as PickleValue, pair[1] as PickleValue);
  }
  return dict;
}

function rebuildTensor(args: readonly PickleValue[]): TorchTensor {
  const [storage, offset, shape, stride] = args;
  if (!(storage instanceof TorchStorage)) throw new PickleRefusal('bad-tensor', 'a tensor has no storage');
  return new TorchTensor(storage, offset, shape, stride);
}

function rebuildParameter(args: readonly PickleValue[]): TorchTensor {
  const [tensor] = args;
  if (!(tensor instanceof TorchTensor)) throw new PickleRefusal('bad-tensor', 'a parameter has no tensor');
  return tensor;
}

const first = (what: string) => (args: readonly PickleValue[]) => {
  const [value] = args;
  if (value === undefined) throw new PickleRefusal('bad-arguments', `${what} is called without a value`);
  return value;
};

const entries: readonly (readonly [GlobalName, AllowedGlobal])[] = [
  ['collections OrderedDict', { construct: orderedDict }],
  ['argparse Namespace', { construct: () => new Namespace() }],
  ['torch._utils _rebuild_tensor', { construct: rebuildTensor }],
  ['torch._utils _rebuild_tensor_v2', { construct: rebuildTensor }],
  ['torch._utils _rebuild_parameter', { construct: rebuildParameter }],
  ['torch.nn.parameter Parameter', {}],
  ['torch Tensor', {}],
  ['torch Size', { construct: (args) => Object.freeze([...(isSequence(args[0]) ? args[0] : [])]) }],
  ['torch device', { construct: first('torch.device') }],
  ...Object.keys(STORAGES).map((name) => [`torch ${name}`, {}] as const),
  ...DTYPE_NAMES.map((name) => [`torch ${name}`, {}] as const),
];

/** What a PyTorch file of plain data may mention: tensors, parameters, storages, dicts, numpy numbers. */
export const torchAllowList: AllowList = mergeAllowLists(defaultAllowList, new Map(entries));

/** The storage that a persistent id `('storage', type, key, location, count, …)` names; the device it lay on does not matter. */
export function storageOf(id: PickleValue, known: Map<string, TorchStorage>): TorchStorage {
  const [kind, type, key, , count] = isSequence(id) ? id : [];
  const dtype = type instanceof PickleGlobal && type.module === 'torch' ? STORAGES[type.name] : undefined;
  if (
    kind !== 'storage' ||
    dtype === undefined ||
    typeof key !== 'string' ||
    typeof count !== 'number' ||
    !Number.isSafeInteger(count) ||
    count < 0
  ) {
    throw new PickleRefusal('bad-tensor', 'a storage is not named as PyTorch names them');
  }
  const before = known.get(key);
  if (before === undefined) {
    const storage = new TorchStorage(key, dtype, count);
    known.set(key, storage);
    return storage;
  }
  if (before.dtype !== dtype || before.count !== count) throw new PickleRefusal('bad-tensor', `storage ${key} is named with two sizes`);
  return before;
}
