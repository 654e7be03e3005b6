import type { CropBox } from './tile-transform.js';

/** Which pixels of a side make each pixel of the result, and by how much. */
export interface Taps {
  /** First pixel of each result, [size]. */
  readonly first: Int32Array;
  /** Weights from there on, row-major [size, width], zero where fewer are needed. */
  readonly weights: Float32Array;
  /** Most pixels that one result needs. */
  readonly width: number;
}

/**
 * How `length` pixels from `start` on become `size` pixels: a triangle filter that widens when it shrinks (antialias), half-pixel centres,
 * the border of the crop as the end of the world.
 */
export function resizeTaps(start: number, length: number, size: number): Taps {
  const scale = length / size;
  const support = Math.max(1, scale);
  const width = Math.min(length, 2 * Math.ceil(support) + 1);
  const first = new Int32Array(size);
  const weights = new Float32Array(size * width);
  for (let i = 0; i < size; i++) {
    const centre = (i + 0.5) * scale;
    const from = Math.max(0, Math.trunc(centre - support + 0.5));
    const to = Math.min(length, Math.trunc(centre + support + 0.5));
    let sum = 0;
    for (let j = from; j < to; j++) sum += triangle((j - centre + 0.5) / support);
    // Near the far end the window is moved back so that it stays inside; what was before it gets no weight.
    const shifted = Math.min(from, length - width);
    first[i] = start + shifted;
    for (let j = from; j < to; j++) weights[i * width + j - shifted] = triangle((j - centre + 0.5) / support) / sum;
  }
  return { first, weights, width };
}

function triangle(x: number): number {
  return Math.max(0, 1 - Math.abs(x));
}

/**
 * Cuts `box` out of an image and resizes it, bilinear with antialias, as torchvision's `resized_crop` does on floats.
 *
 * @param image - float32 [h, w, 3], row-major
 * @param rowLength - w
 * @param out - receives float32 [sizePx, sizePx, 3] from `at` on
 */
export function resizeImage(image: Float32Array, rowLength: number, box: CropBox, sizePx: number, out: Float32Array, at: number): void {
  const across = resizeTaps(box.left, box.width, sizePx);
  const down = resizeTaps(box.top, box.height, sizePx);
  const narrow = new Float32Array(box.height * sizePx * 3);
  for (let y = 0; y < box.height; y++) {
    const row = (box.top + y) * rowLength;
    for (let x = 0; x < sizePx; x++) {
      let source = (row + (across.first[x] as number)) * 3;
      let [red, green, blue] = [0, 0, 0];
      for (let tap = x * across.width; tap < (x + 1) * across.width; tap++) {
        const weight = across.weights[tap] as number;
        red += weight * (image[source] as number);
        green += weight * (image[source + 1] as number);
        blue += weight * (image[source + 2] as number);
        source += 3;
      }
      const target = (y * sizePx + x) * 3;
      narrow[target] = red;
      narrow[target + 1] = green;
      narrow[target + 2] = blue;
    }
  }
  const rowValues = sizePx * 3;
  for (let y = 0; y < sizePx; y++) {
    const target = at + y * rowValues;
    for (let tap = 0; tap < down.width; tap++) {
      const weight = down.weights[y * down.width + tap] as number;
      if (weight === 0) continue;
      const source = ((down.first[y] as number) - box.top + tap) * rowValues;
      for (let i = 0; i < rowValues; i++) out[target + i] = (out[target + i] as number) + weight * (narrow[source + i] as number);
    }
  }
}
