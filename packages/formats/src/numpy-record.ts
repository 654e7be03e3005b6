import type { DType, TensorRecord } from '@slidestream/core';
import type { NumpyArray } from '@slidestream/pickle';
import { elementCount, swapBytes, toTensorData } from './element-bytes.js';
import { formatError } from './format-error.js';

const DTYPES: Readonly<Record<string, DType>> = {
  f8: 'float64',
  f4: 'float32',
  f2: 'float16',
  i8: 'int64',
  i4: 'int32',
  i2: 'int16',
  i1: 'int8',
  u1: 'uint8',
  b1: 'bool',
};

/** A numpy array as a record: row-major, this machine's byte order. @throws SlidestreamError `format/dtype` */
export function numpyToRecord(array: NumpyArray, file: string | undefined): TensorRecord {
  const { kind, itemSize, bigEndian } = array.dtype;
  const dtype = DTYPES[`${kind}${itemSize}`];
  if (dtype === undefined) throw formatError('dtype', `numpy arrays of ${kind}${itemSize} are not supported`, { file });
  const bytes = array.bytes.slice();
  if (bigEndian) swapBytes(bytes, itemSize);
  const data = toTensorData(dtype, bytes);
  if (!array.fortranOrder || array.shape.length < 2) return { dtype, shape: [...array.shape], data };
  return { dtype, shape: [...array.shape], data: fromFortran(data, array.shape) };
}

function fromFortran<T extends TensorRecord['data']>(data: T, shape: readonly number[]): T {
  const out = data.slice() as T;
  const count = elementCount(shape) as number;
  const index = new Array<number>(shape.length).fill(0);
  const stride = shape.map((_, axis) => shape.slice(0, axis).reduce((a, b) => a * b, 1));
  for (let i = 0; i < count; i++) {
    out[i] = data[index.reduce((sum, at, axis) => sum + at * (stride[axis] as number), 0)] as never;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      index[axis] = 0;
    }
  }
  return out;
}
