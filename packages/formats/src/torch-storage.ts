import type { DType, TensorRecord } from '@slidestream/core';
import { type PickleObject, PickleRefusal } from '@slidestream/pickle';
import { elementCount, itemSize, toTensorData } from './element-bytes.js';

/** A storage of a PyTorch file: known by name and size, its bytes read when a tensor needs them. */
export class TorchStorage implements PickleObject {
  readonly setState: undefined;
  readonly key: string;
  readonly dtype: DType;
  readonly count: number;
  /** Little-endian, exactly `count` elements. */
  load: (() => Uint8Array) | undefined;

  constructor(key: string, dtype: DType, count: number) {
    this.key = key;
    this.dtype = dtype;
    this.count = count;
  }
}

/** A tensor of a PyTorch file: a strided view of a storage. */
export class TorchTensor implements PickleObject {
  readonly setState: undefined;
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];

  /** @throws PickleRefusal when the view leaves its storage */
  constructor(storage: TorchStorage, offset: unknown, shape: unknown, stride: unknown) {
    if (!isSizes(shape) || !isSizes(stride) || shape.length !== stride.length || shape.length > 64 || !isSizes([offset])) {
      throw new PickleRefusal('bad-tensor', 'a tensor has no usable shape, stride or offset');
    }
    const count = elementCount(shape);
    if (count === undefined) throw new PickleRefusal('bad-tensor', 'a tensor is too large to count');
    const last = (offset as number) + shape.reduce((sum, size, axis) => sum + (size - 1) * (stride[axis] as number), 0);
    if (count > 0 ? last >= storage.count : (offset as number) > storage.count) {
      throw new PickleRefusal(
        'bad-tensor',
        `a tensor of shape (${shape.join(', ')}) reaches behind its storage of ${storage.count} elements`,
      );
    }
    this.storage = storage;
    this.offset = offset as number;
    this.shape = shape;
    this.stride = stride;
  }

  /** Bytes of the tensor as a contiguous copy. */
  get byteLength(): number {
    return (elementCount(this.shape) as number) * itemSize(this.storage.dtype);
  }

  /** Row-major elements. */
  toRecord(bytes: Uint8Array): TensorRecord {
    const { dtype } = this.storage;
    const { shape, stride, offset } = this;
    const size = itemSize(dtype);
    const count = elementCount(shape) as number;
    if (isContiguous(shape, stride)) {
      const whole = offset === 0 && count * size === bytes.length;
      return { dtype, shape: [...shape], data: toTensorData(dtype, whole ? bytes : bytes.slice(offset * size, (offset + count) * size)) };
    }
    const out = new Uint8Array(count * size);
    const data = toTensorData(dtype, out);
    const from = toTensorData(dtype, bytes);
    const index = new Array<number>(shape.length).fill(0);
    let at = offset;
    for (let i = 0; i < count; i++) {
      data[i] = from[at] as never;
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        index[axis] = (index[axis] as number) + 1;
        at += stride[axis] as number;
        if ((index[axis] as number) < (shape[axis] as number)) break;
        at -= (index[axis] as number) * (stride[axis] as number);
        index[axis] = 0;
      }
    }
    return { dtype, shape: [...shape], data };
  }
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number' && Number.isSafeInteger(item) && item >= 0);
}

function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] as number;
    if (size === 0) return true;
    if (size !== 1 && stride[axis] !== expected) return false;
    expected *= size;
  }
  return true;
}
