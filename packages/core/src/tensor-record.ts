/** Element types that can be stored in a state dict. */
export type DType = 'float64' | 'float32' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'int16' | 'int8' | 'uint8' | 'bool';

/** Storage of a {@link TensorRecord}: half types as their raw 16 bits, `int64` as BigInt64Array, `bool` as bytes. */
export type TensorData = Float64Array | Float32Array | Uint16Array | BigInt64Array | Int32Array | Int16Array | Int8Array | Uint8Array;

/** A tensor as plain data, row-major and contiguous: how files, streams and modules exchange weights and features. */
export interface TensorRecord {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Named tensors in order, with PyTorch's names and layouts: a state dict. */
export type StateDict = ReadonlyMap<string, TensorRecord>;
