import { statSync } from 'node:fs';
import type { DType, TensorData, TensorRecord } from '@slidestream/core';
import type { Dataset, File, Group } from 'h5wasm/node';
import { formatError } from './format-error.js';
import { isHalf, readHalves } from './hdf5-half.js';

/** Most elements that are read at once: 2 GiB of float32. */
const MAX_ELEMENTS = 1 << 29;

/** A dataset of the root or of a group of it, by path; `undefined` where there is none. */
export function findDataset(owner: Pick<Group, 'keys' | 'get'>, name: string): Dataset | undefined {
  const found = owner.keys().includes(name) ? owner.get(name) : null;
  return found !== null && 'filters' in found ? found : undefined;
}

/** A group of the root; `undefined` where there is none. */
export function findGroup(file: File, name: string): Group | undefined {
  const found = file.keys().includes(name) ? file.get(name) : null;
  return found !== null && 'paths' in found ? (found as Group) : undefined;
}

/** Element type of a typed array as the library gives it. */
function typeOfData(data: unknown): DType | undefined {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Int16Array) return 'int16';
  if (data instanceof Int8Array) return 'int8';
  return data instanceof Uint8Array ? 'uint8' : undefined;
}

/**
 * A dataset of numbers with its own type; unsigned integers of more than 8 bits become `int64`.
 *
 * @throws SlidestreamError `format/hdf5-shape`
 */
export function readRecord(data: Dataset, path: string, name: string): TensorRecord {
  const shape = data.shape ?? [];
  const count = shape.reduce((product, size) => product * size, 1);
  const fail = (what: string): Error => formatError('hdf5-shape', `dataset ${name} ${what}`, { file: path });
  if (count > MAX_ELEMENTS) throw fail(`has the shape [${shape.join(', ')}], which is too large`);
  // Deflate makes a thousandth of what it is given at best; without it, what is announced must be there.
  const most = statSync(path).size * (data.filters.length === 0 ? 1 : 1032);
  if (count * data.metadata.size > most) throw fail(`announces ${count * data.metadata.size} bytes, the file cannot hold them`);
  if (isHalf(data)) return { dtype: 'float16', shape, data: readHalves(data, count) };
  const { type, size, signed } = data.metadata;
  if (type !== 0 && type !== 1) throw fail('holds no numbers');
  if (count === 0) return { dtype: emptyType(type, size, signed), shape, data: new Float32Array(0) };
  const value: unknown = data.value;
  const dtype = typeOfData(value);
  if (dtype !== undefined) return { dtype, shape, data: value as TensorData };
  if (!ArrayBuffer.isView(value)) throw fail('holds no numbers');
  return { dtype: 'int64', shape, data: BigInt64Array.from(value as unknown as ArrayLike<number | bigint> as never, BigInt) };
}

function emptyType(type: number, size: number, signed: boolean): DType {
  if (type === 1) return size === 8 ? 'float64' : 'float32';
  if (!signed) return size === 1 ? 'uint8' : 'int64';
  return size === 8 ? 'int64' : size === 4 ? 'int32' : size === 2 ? 'int16' : 'int8';
}

const CODES: Partial<Record<DType, string>> = {
  float64: '<d',
  float32: '<f',
  int64: '<q',
  int32: '<i',
  int16: '<h',
  int8: '<b',
  uint8: '<B',
};

/** How a dataset is laid out in its file. */
export interface DatasetLayout {
  /** Rows of a chunk; contiguous where left out. */
  readonly chunkRows?: number | undefined;
  readonly gzip?: boolean | undefined;
}

/** Creates a dataset of numbers; in chunks it can grow, as h5py's `maxshape=(None, …)`. @throws RangeError for types that cannot be written */
export function writeRecord(owner: Pick<Group, 'create_dataset'>, name: string, record: TensorRecord, layout: DatasetLayout = {}): Dataset {
  const dtype = CODES[record.dtype];
  if (dtype === undefined) throw new RangeError(`datasets of ${record.dtype} are not written`);
  const [, ...rest] = record.shape;
  const { chunkRows, gzip } = layout;
  return owner.create_dataset({
    name,
    data: record.data as Exclude<TensorData, Uint16Array>,
    shape: [...record.shape],
    dtype,
    ...(chunkRows === undefined ? {} : { chunks: [Math.max(1, chunkRows), ...rest], ...(gzip ? {} : { maxshape: [null, ...rest] }) }),
    ...(gzip ? { compression: 'gzip', compression_opts: 4 } : {}),
  } as Parameters<Group['create_dataset']>[0]);
}

/** Numbers as another type: coordinates, mostly. @throws RangeError for half types */
export function castNumbers(values: ArrayLike<number>, dtype: DType): TensorData {
  switch (dtype) {
    case 'float64':
      return Float64Array.from(values);
    case 'float32':
      return Float32Array.from(values);
    case 'int64':
      return BigInt64Array.from(values, (value) => BigInt(value));
    case 'int32':
      return Int32Array.from(values);
    case 'int16':
      return Int16Array.from(values);
    default:
      throw new RangeError(`coordinates are not written as ${dtype}`);
  }
}
