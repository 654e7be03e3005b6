import { halfToNumber, toFloat32 } from '@slidestream/core';
import { expect, test } from 'vitest';
import { narrowFloats, toHalves } from './narrow-floats.js';

test('every half comes back as itself', () => {
  const bits = Uint16Array.from({ length: 0x10000 }, (_, i) => i);
  const back = toHalves(Float32Array.from(bits, halfToNumber));
  expect([...back.keys()].filter((i) => !Number.isNaN(halfToNumber(i)) && back[i] !== i)).toEqual([]);
});

test('values between halves go to the nearest, ties to the even one', () => {
  for (const [bits] of [[0x3c00], [0x3c01], [0x0001], [0x03ff], [0x7bfe], [0x0400]] as const) {
    const [low, high] = [halfToNumber(bits), halfToNumber(bits + 1)];
    const middle = (low + high) / 2;
    const even = bits % 2 === 0 ? bits : bits + 1;
    const near = Math.max(2 ** -40, middle * 2 ** -20);
    expect([...toHalves(Float32Array.of(middle, -middle, middle - near, middle + near))]).toEqual([even, even | 0x8000, bits, bits + 1]);
  }
  expect([...toHalves(Float32Array.of(65519, 65520, Number.NaN, Number.NEGATIVE_INFINITY, 1e-9))]).toEqual([
    0x7bff, 0x7c00, 0x7e00, 0xfc00, 0,
  ]);
});

test('bfloat16 and float64 keep what they can', () => {
  const values = Float32Array.of(1, -2.5, 3.140625, 1e30);
  expect(narrowFloats(values, 'float64')).toEqual(Float64Array.from(values));
  const bits = narrowFloats(values, 'bfloat16');
  expect([...toFloat32({ dtype: 'bfloat16', shape: [4], data: bits })].slice(0, 3)).toEqual([1, -2.5, 3.140625]);
  expect(() => narrowFloats(values, 'int64')).toThrow(RangeError);
});
