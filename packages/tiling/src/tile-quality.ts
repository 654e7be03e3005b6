import { greyOf } from './tissue-map.js';
import type { RgbPixels } from './types.js';

/** What is measured of a tile's pixels to tell whether it is worth keeping. */
export interface TileQuality {
  /** Grey levels within which 95 % of the pixels lie: glass, gaps and black have hardly any, whatever their brightness. */
  readonly greyRange: number;
  /** Share of pixels in the colours of marker pens. */
  readonly penShare: number;
  /**
   * How much of the structure is fine: mean square of the Laplacian over the variance of grey in squares of 16 pixels at about 1 µm/px, of
   * those squares that have structure the value which a quarter exceeds. Infinite where none has.
   */
  readonly sharpness: number;
}

/** Scale in µm/px at which sharpness is measured, where the pixel size is known: scanners blur below it by their optics alone. */
const SHARPNESS_MPP = 1;

/** Measures a tile's pixels; `mpp` is that of `pixels`, `null` when it is not known. */
export function tileQuality(pixels: RgbPixels, mpp: number | null): TileQuality {
  const grey = new Uint8Array(pixels.width * pixels.height);
  greyOf(pixels.data, grey, 0);
  const factor = mpp === null ? 1 : Math.max(1, Math.round(SHARPNESS_MPP / mpp));
  return {
    greyRange: greyRange(grey),
    penShare: penShare(pixels.data),
    sharpness: sharpness(shrinkGrey({ width: pixels.width, height: pixels.height, data: grey }, factor)),
  };
}

function greyRange(grey: Uint8Array): number {
  const histogram = new Uint32Array(256);
  for (const value of grey) histogram[value] = (histogram[value] as number) + 1;
  const outside = grey.length * 0.025;
  let low = 0;
  for (let below = histogram[0] as number; below <= outside && low < 255; ) below += histogram[++low] as number;
  let high = 255;
  for (let above = histogram[255] as number; above <= outside && high > low; ) above += histogram[--high] as number;
  return high - low;
}

function penShare(rgb: Uint8Array): number {
  let count = 0;
  for (let p = 0; p < rgb.length; p += 3) if (isPen(rgb[p] as number, rgb[p + 1] as number, rgb[p + 2] as number)) count++;
  return count / (rgb.length / 3);
}

/**
 * Whether a colour is a marker's and no stain's: green of any strength, since haematoxylin, eosin and DAB have none; blue stronger than
 * haematoxylin; bright red without the orange of blood and the pink of eosin; black without the violet of dense nuclei.
 */
function isPen(r: number, g: number, b: number): boolean {
  const high = Math.max(r, g, b);
  const low = Math.min(r, g, b);
  const chroma = high - low;
  if (high < 70 && chroma <= 15) return true;
  const saturation = chroma / high;
  if (g === high) return saturation > 0.2 && g - r > 0.3 * chroma;
  if (b === high) return saturation > 0.6 && g >= r;
  return saturation > 0.7 && high > 170 && b >= g && b - g < 0.22 * chroma;
}

/** Means of squares of `factor` pixels; what is left over at the border is dropped. */
function shrinkGrey(image: { readonly width: number; readonly height: number; readonly data: Uint8Array }, factor: number): Grey {
  const width = Math.floor(image.width / factor);
  const height = Math.floor(image.height / factor);
  const data = new Float32Array(width * height);
  for (let y = 0; y < height * factor; y++) {
    for (let x = 0; x < width * factor; x++) {
      const at = ((y / factor) | 0) * width + ((x / factor) | 0);
      data[at] = (data[at] as number) + (image.data[y * image.width + x] as number) / factor ** 2;
    }
  }
  return { width, height, data };
}

interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** Side of the squares in which sharpness is measured: small enough that the step from tissue to glass lies in few of them. */
const SQUARE_PX = 16;

/** Least variance of grey of a square that is judged: glass and even areas have only noise, which is always sharp. */
const LEAST_VARIANCE = 60;

function sharpness(grey: Grey): number {
  const values: number[] = [];
  for (let y = 0; y + SQUARE_PX <= grey.height; y += SQUARE_PX) {
    for (let x = 0; x + SQUARE_PX <= grey.width; x += SQUARE_PX) {
      const { variance, fine } = squareAt(grey, x, y);
      if (variance >= LEAST_VARIANCE) values.push(fine / variance);
    }
  }
  return values.length === 0 ? Number.POSITIVE_INFINITY : (values.sort((a, b) => a - b)[Math.floor(0.75 * (values.length - 1))] as number);
}

/** Variance of grey, and the mean square of its Laplacian, of a square. */
function squareAt({ width, height, data }: Grey, left: number, top: number): { readonly variance: number; readonly fine: number } {
  const at = (i: number): number => data[i] as number;
  let [sum, squares, fine, inner] = [0, 0, 0, 0];
  for (let y = top; y < top + SQUARE_PX; y++) {
    for (let x = left; x < left + SQUARE_PX; x++) {
      const i = y * width + x;
      const value = at(i);
      sum += value;
      squares += value * value;
      if (x === 0 || y === 0 || x === width - 1 || y === height - 1) continue;
      fine += (at(i - 1) + at(i + 1) + at(i - width) + at(i + width) - 4 * value) ** 2;
      inner++;
    }
  }
  const count = SQUARE_PX ** 2;
  return { variance: squares / count - (sum / count) ** 2, fine: fine / inner };
}
