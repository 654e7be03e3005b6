import { expect, test } from 'vitest';
import { resizeRgb } from './resize-rgb.js';

const [width, height] = [9, 7];
const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
  const [x, y, channel] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
  return (x * 37 + y * 91 + channel * 53 + x * y * 13) % 256;
});

test('gives the bytes of Pillow 13, Image.resize(size, BILINEAR)', () => {
  expect([...resizeRgb({ width, height, data }, 4, 3).data]).toEqual([
    107, 136, 147, 138, 140, 149, 139, 141, 137, 131, 124, 110, 122, 149, 124, 148, 126, 128, 137, 116, 148, 124, 119, 143, 109, 162, 150,
    142, 116, 163, 137, 127, 134, 150, 120, 139,
  ]);
  expect([...resizeRgb({ width, height, data }, 13, 7).data.subarray(0, 39)]).toEqual([
    0, 53, 106, 20, 73, 126, 46, 99, 152, 71, 124, 177, 97, 150, 203, 122, 175, 228, 148, 201, 254, 174, 227, 102, 199, 154, 49, 205, 22,
    75, 54, 47, 100, 20, 73, 126, 40, 93, 146,
  ]);
});

test('leaves an image of the asked size as it is, keeps flat colour flat, refuses no size', () => {
  const image = { width, height, data };
  expect(resizeRgb(image, width, height)).toBe(image);
  const flat = resizeRgb({ width, height, data: new Uint8Array(data.length).fill(201) }, 50, 2);
  expect(flat.data.every((value) => value === 201)).toBe(true);
  expect(() => resizeRgb(image, 0, 3)).toThrow(RangeError);
});
