import { levelOf } from './levels.js';
import { localEntropy } from './local-entropy.js';
import { readLevel } from './read-level.js';
import { saturationOf } from './saturation.js';
import type { TilingSlide, TissueMethod } from './types.js';

/** One byte per pixel of a level: the larger, the more it looks like tissue. */
export interface TissueMap {
  readonly width: number;
  readonly height: number;
  /** uint8 [height, width]. */
  readonly data: Uint8Array;
}

/** The level as the method sees it: saturation, how much darker than the glass, or local entropy in 1/32 bit. */
export async function tissueMap(
  slide: TilingSlide,
  level: number,
  options: { readonly method: TissueMethod; readonly signal?: AbortSignal | undefined },
): Promise<TissueMap> {
  const { width, height } = levelOf(slide, level);
  const data = new Uint8Array(width * height);
  const channel = { saturation: saturationOf, brightness: darkestChannelOf, entropy: greyOf }[options.method];
  for await (const { top, strip } of readLevel(slide, level, options)) channel(strip.data, data, top * width);
  if (options.method === 'entropy') return { width, height, data: localEntropy(data, width, height) };
  if (options.method === 'brightness') darkerThanGlass(data);
  return { width, height, data };
}

/** The darkest channel of every pixel: whatever a stain takes away, it takes from one of them. */
function darkestChannelOf(rgb: Uint8Array, out: Uint8Array, offset: number): void {
  for (let i = offset, p = 0; p < rgb.length; i++, p += 3) {
    out[i] = Math.min(rgb[p] as number, rgb[p + 1] as number, rgb[p + 2] as number);
  }
}

/** Luminance by the weights of Rec. 601, in integers as OpenCV has them. */
export function greyOf(rgb: Uint8Array, out: Uint8Array, offset: number): void {
  for (let i = offset, p = 0; p < rgb.length; i++, p += 3) {
    out[i] = ((rgb[p] as number) * 4899 + (rgb[p + 1] as number) * 9617 + (rgb[p + 2] as number) * 1868 + 8192) >> 14;
  }
}

/** Share of the brightest pixels that is taken for dust and noise when the glass is measured. */
const BRIGHTEST_SHARE = 0.02;

/** Turns brightness into how much darker than the glass a pixel is; pure white and black are what scanners fill gaps with, and no glass. */
function darkerThanGlass(data: Uint8Array): void {
  const histogram = new Uint32Array(256);
  for (const value of data) histogram[value] = (histogram[value] as number) + 1;
  const counted = data.length - (histogram[0] as number) - (histogram[255] as number);
  let glass = 254;
  for (let above = 0; glass > 0; glass--) {
    above += histogram[glass] as number;
    if (above > counted * BRIGHTEST_SHARE) break;
  }
  if (glass === 0) glass = 255;
  // Fill of black is no tissue, either.
  for (const [i, value] of data.entries()) data[i] = value === 0 ? 0 : Math.max(0, glass - value);
}
