import type { DType, TensorData, TensorRecord } from '@slidestream/core';

const SIZES: Readonly<Record<DType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Bytes of one element. */
export function itemSize(dtype: DType): number {
  return SIZES[dtype];
}

/** Number of elements of `shape`; `undefined` when it is no shape or too large to count exactly. */
export function elementCount(shape: readonly unknown[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) return undefined;
    count *= size;
  }
  return Number.isSafeInteger(count) ? count : undefined;
}

/** Little-endian element bytes as a typed array; they are used as they are where their alignment allows, else copied. */
export function toTensorData(dtype: DType, bytes: Uint8Array): TensorData {
  const size = SIZES[dtype];
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  const count = bytes.length / size;
  switch (dtype) {
    case 'float64':
      return new Float64Array(buffer, byteOffset, count);
    case 'float32':
      return new Float32Array(buffer, byteOffset, count);
    case 'float16':
    case 'bfloat16':
      return new Uint16Array(buffer, byteOffset, count);
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'int32':
      return new Int32Array(buffer, byteOffset, count);
    case 'int16':
      return new Int16Array(buffer, byteOffset, count);
    case 'int8':
      return new Int8Array(buffer, byteOffset, count);
    default:
      return new Uint8Array(buffer, byteOffset, count);
  }
}

/** A record's elements as bytes, without a copy. @throws RangeError when data, dtype and shape disagree */
export function toBytes(record: TensorRecord, name: string): Uint8Array {
  const { data, dtype, shape } = record;
  const count = elementCount(shape);
  if (count !== data.length || data.BYTES_PER_ELEMENT !== SIZES[dtype]) {
    throw new RangeError(
      `tensor ${name}: ${data.length} elements of ${data.BYTES_PER_ELEMENT} bytes do not make ${dtype} [${shape.join(', ')}]`,
    );
  }
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** Reverses the bytes of every element in place. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  if (size === 1) return;
  for (let start = 0; start + size <= bytes.length; start += size) bytes.subarray(start, start + size).reverse();
}
