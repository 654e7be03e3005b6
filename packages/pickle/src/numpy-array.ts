import { halfToNumber } from '@slidestream/core';
import { PickleRefusal } from './pickle-error.js';
import { exactInteger } from './pickle-integer.js';
import type { PickleObject, PickleValue } from './pickle-value.js';

const KINDS = /^([<>|=]?)([biuf?])(\d{0,2})$/;
const ITEM_SIZES: Readonly<Record<string, readonly number[]>> = { b: [1], i: [1, 2, 4, 8], u: [1, 2, 4, 8], f: [2, 4, 8] };

/** A numpy dtype of plain numbers. */
export class NumpyDType implements PickleObject {
  /** `b` bool, `i` signed, `u` unsigned, `f` floating point. */
  readonly kind: 'b' | 'i' | 'u' | 'f';
  readonly itemSize: number;
  bigEndian: boolean;

  constructor(kind: 'b' | 'i' | 'u' | 'f', itemSize: number, bigEndian: boolean) {
    this.kind = kind;
    this.itemSize = itemSize;
    this.bigEndian = bigEndian;
  }

  /** From numpy's short text, `<f4`, `u1`, `|b1`. @throws PickleRefusal `unsupported-dtype` */
  static parse(text: string): NumpyDType {
    const match = KINDS.exec(text);
    const kind = match?.[2] === '?' ? 'b' : match?.[2];
    const size = match?.[2] === '?' ? 1 : Number(match?.[3] ?? 0);
    if (kind === undefined || !ITEM_SIZES[kind]?.includes(size)) {
      throw new PickleRefusal('unsupported-dtype', `numpy dtype ${JSON.stringify(text.slice(0, 40))} is not of plain numbers`);
    }
    return new NumpyDType(kind as 'b' | 'i' | 'u' | 'f', size, match?.[1] === '>');
  }

  /** numpy's state tuple `(version, byteorder, subdtype, names, fields, itemsize, alignment, flags)`. */
  readonly setState = (state: PickleValue): void => {
    if (!Array.isArray(state) || state.length < 5)
      throw new PickleRefusal('bad-state', 'the state of a numpy dtype is no tuple of five or more');
    if (state[2] !== null || state[3] !== null || state[4] !== null)
      throw new PickleRefusal('unsupported-dtype', 'structured numpy dtypes');
    const order: unknown = state[1];
    if (order !== '<' && order !== '>' && order !== '|' && order !== '=')
      throw new PickleRefusal('bad-state', 'a numpy byte order is unknown');
    this.bigEndian = order === '>';
  };
}

/** A numpy array as it lies in a pickle or an npy file. */
export class NumpyArray implements PickleObject {
  dtype = new NumpyDType('u', 1, false);
  shape: readonly number[] = [0];
  fortranOrder = false;
  /** The elements' bytes, in `dtype`'s byte order. */
  bytes: Uint8Array = new Uint8Array(0);

  /** @throws PickleRefusal when size and shape disagree */
  assign(dtype: PickleValue, shape: PickleValue, fortranOrder: boolean, bytes: PickleValue): this {
    if (!(dtype instanceof NumpyDType)) throw new PickleRefusal('bad-state', 'a numpy array has no dtype');
    if (!(bytes instanceof Uint8Array)) throw new PickleRefusal('unsupported-dtype', 'a numpy array whose elements are not raw bytes');
    if (!Array.isArray(shape) || shape.length > 32) throw new PickleRefusal('bad-state', 'the shape of a numpy array is no short tuple');
    let count = 1;
    for (const size of shape as readonly PickleValue[]) {
      if (typeof size !== 'number' || !Number.isInteger(size) || size < 0) throw new PickleRefusal('bad-state', 'a numpy axis is no size');
      count *= size;
    }
    if (!Number.isSafeInteger(count) || count * dtype.itemSize !== bytes.length) {
      throw new PickleRefusal('bad-state', `a numpy array of shape (${shape.join(', ')}) has ${bytes.length} bytes of data`);
    }
    this.dtype = dtype;
    this.shape = [...(shape as readonly number[])];
    this.fortranOrder = fortranOrder;
    this.bytes = bytes;
    return this;
  }

  /** numpy's state tuple `(version, shape, dtype, is_fortran, data)`. */
  readonly setState = (state: PickleValue): void => {
    if (!Array.isArray(state) || state.length !== 5) throw new PickleRefusal('bad-state', 'the state of a numpy array is no tuple of five');
    this.assign(state[2], state[1], state[3] === true || state[3] === 1, state[4]);
  };
}

/** One element at `offset` of `bytes`, integers exact. */
export function readElement(dtype: NumpyDType, bytes: Uint8Array, offset: number): boolean | number | bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = !dtype.bigEndian;
  if (dtype.kind === 'b') return view.getUint8(offset) !== 0;
  if (dtype.kind === 'f') {
    if (dtype.itemSize === 8) return view.getFloat64(offset, little);
    if (dtype.itemSize === 4) return view.getFloat32(offset, little);
    return halfToNumber(view.getUint16(offset, little));
  }
  const signed = dtype.kind === 'i';
  if (dtype.itemSize === 8) return exactInteger(signed ? view.getBigInt64(offset, little) : view.getBigUint64(offset, little));
  if (dtype.itemSize === 4) return signed ? view.getInt32(offset, little) : view.getUint32(offset, little);
  if (dtype.itemSize === 2) return signed ? view.getInt16(offset, little) : view.getUint16(offset, little);
  return signed ? view.getInt8(offset) : view.getUint8(offset);
}
