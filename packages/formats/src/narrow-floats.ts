import type { DType, TensorData } from '@slidestream/core';

/** The nearest half of every value, ties to even, as raw bits. */
export function toHalves(values: Float32Array): Uint16Array {
  return mapBits(values, halfBits);
}

/** float32 values as another float type, as they are stored. @throws RangeError for types that are no floats */
export function narrowFloats(values: Float32Array, dtype: DType): TensorData {
  switch (dtype) {
    case 'float32':
      return values;
    case 'float64':
      return Float64Array.from(values);
    case 'float16':
      return toHalves(values);
    case 'bfloat16':
      return mapBits(values, bfloatBits);
    default:
      throw new RangeError(`features are not written as ${dtype}`);
  }
}

function mapBits(values: Float32Array, convert: (bits: number) => number): Uint16Array {
  const source = new Uint32Array(values.slice().buffer);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = convert(source[i] as number);
  return out;
}

/** Bits of a float32 as bits of the nearest bfloat16. */
function bfloatBits(bits: number): number {
  if ((bits & 0x7fff_ffff) > 0x7f80_0000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** Bits of a float32 as bits of the nearest half. */
function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  // 65520 and more round to infinity.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  if (magnitude >= 0x3880_0000) {
    const half = (magnitude - 0x3800_0000) >>> 13;
    const rest = magnitude & 0x1fff;
    return sign | (half + (rest > 0x1000 || (rest === 0x1000 && (half & 1) === 1) ? 1 : 0));
  }
  // Below 2^-14 halves are multiples of 2^-24.
  const shift = 126 - (magnitude >>> 23);
  if (shift > 24) return sign;
  const mantissa = (magnitude & 0x7f_ffff) | 0x80_0000;
  const half = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0));
}
