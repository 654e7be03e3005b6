import type { RgbImage } from './slide.js';

/** Pillow keeps its weights as integers of so many bits. */
const PRECISION_BITS = 32 - 8 - 2;
const HALF = 1 << (PRECISION_BITS - 1);

interface Weights {
  /** First source pixel of each output pixel. */
  readonly starts: Int32Array;
  /** Source pixels of each output pixel. */
  readonly counts: Int32Array;
  /** `taps` integers for each output pixel. */
  readonly values: Int32Array;
  readonly taps: number;
}

/** Triangle weights, widened when shrinking: each output pixel sees all source pixels that it covers. */
function triangleWeights(from: number, to: number): Weights {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(to);
  const counts = new Int32Array(to);
  const values = new Int32Array(to * taps);
  const row = new Float64Array(taps);
  // Products with reciprocals instead of quotients, as in Pillow: the last bit decides how a weight is rounded.
  const narrow = 1 / support;
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(from, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const weight = Math.max(0, 1 - Math.abs((k + start - centre + 0.5) * narrow));
      row[k] = weight;
      sum += weight;
    }
    const share = 1 / sum;
    for (let k = 0; k < count; k++) values[i * taps + k] = Math.floor(0.5 + (row[k] as number) * share * (1 << PRECISION_BITS));
    starts[i] = start;
    counts[i] = count;
  }
  return { starts, counts, values, taps };
}

/**
 * Resizes with the bilinear filter widened for shrinking (antialias): the integer arithmetic of Pillow's
 * `Image.resize(size, BILINEAR)`, which the reference's tiles went through (SPEC.md §7.2).
 *
 * @param image uint8 RGB [H, W, 3]
 * @returns uint8 RGB [height, width, 3]
 */
export function resizeRgb(image: RgbImage, width: number, height: number): RgbImage {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
    throw new RangeError(`resizeRgb needs a size of whole pixels, got ${width} × ${height}`);
  }
  if (image.width === width && image.height === height) return image;
  const narrow = image.width === width ? image.data : resizeRows(image.data, image.width, image.height, width);
  const data = image.height === height ? narrow : resizeColumns(narrow, image.height, width, height);
  return { width, height, data };
}

function resizeRows(source: Uint8Array, from: number, rows: number, to: number): Uint8Array {
  const { starts, counts, values, taps } = triangleWeights(from, to);
  const out = new Uint8Array(to * rows * 3);
  for (let y = 0, at = 0; y < rows; y++) {
    for (let x = 0; x < to; x++, at += 3) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let pixel = (y * from + (starts[x] as number)) * 3;
      const end = x * taps + (counts[x] as number);
      // Sums stay below 2^31: saying so in every step keeps them machine integers.
      for (let k = x * taps; k < end; k++, pixel += 3) {
        const weight = values[k] as number;
        red = (red + Math.imul(source[pixel] as number, weight)) | 0;
        green = (green + Math.imul(source[pixel + 1] as number, weight)) | 0;
        blue = (blue + Math.imul(source[pixel + 2] as number, weight)) | 0;
      }
      out[at] = red >> PRECISION_BITS;
      out[at + 1] = green >> PRECISION_BITS;
      out[at + 2] = blue >> PRECISION_BITS;
    }
  }
  return out;
}

function resizeColumns(source: Uint8Array, from: number, width: number, to: number): Uint8Array {
  const { starts, counts, values, taps } = triangleWeights(from, to);
  const stride = width * 3;
  const out = new Uint8Array(stride * to);
  const sums = new Int32Array(stride);
  const rowAt = (index: number): Uint8Array => source.subarray(index * stride, (index + 1) * stride);
  for (let y = 0; y < to; y++) {
    const target = out.subarray(y * stride, (y + 1) * stride);
    const start = starts[y] as number;
    const count = counts[y] as number;
    const weightAt = (k: number): number => (k < count ? (values[y * taps + k] as number) : 0);
    sums.fill(HALF);
    // Three rows at a time; rows that do not exist have no weight, their place is that of the last one.
    for (let k = 0; k < count; k += 3) {
      const [a, b, c] = [rowAt(start + k), rowAt(start + Math.min(k + 1, count - 1)), rowAt(start + Math.min(k + 2, count - 1))];
      const [forA, forB, forC] = [weightAt(k), weightAt(k + 1), weightAt(k + 2)];
      const last = k + 3 >= count;
      for (let i = 0; i < stride; i++) {
        const sum =
          (sums[i] as number) + Math.imul(a[i] as number, forA) + Math.imul(b[i] as number, forB) + Math.imul(c[i] as number, forC);
        if (last) target[i] = sum >> PRECISION_BITS;
        else sums[i] = sum;
      }
    }
  }
  return out;
}
