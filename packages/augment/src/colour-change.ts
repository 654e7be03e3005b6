import type { RandomStream } from '@slidestream/core';
import type { ColourJitter, StainJitter } from './augmentation.js';
import type { ColourChange } from './tile-transform.js';

type Matrix = readonly number[];

/** Optical densities of haematoxylin, eosin and residual, a row each. @see Ruifrok and Johnston 2001, table 1 */
const STAINS: Matrix = [0.65, 0.7, 0.29, 0.07, 0.99, 0.11, 0.27, 0.57, 0.78];
const IDENTITY: Matrix = [1, 0, 0, 0, 1, 0, 0, 0, 1];
/** RGB → YIQ for row vectors: columns are Y, I, Q. */
const TO_YIQ: Matrix = [0.299, 0.5959, 0.2115, 0.587, -0.2746, -0.5227, 0.114, -0.3213, 0.3112];

/** Draws the colour change of one tile. */
export function drawColour(jitter: StainJitter | ColourJitter, random: RandomStream): ColourChange {
  return jitter.kind === 'stain' ? drawStain(jitter, random) : drawJitter(jitter, random);
}

/** Scales and shifts the amount of each stain. @see Tellez et al. 2018, Whole-slide mitosis detection, sect. III-B */
function drawStain({ sigma }: StainJitter, random: RandomStream): ColourChange {
  const scale = [0, 1, 2].map(() => 1 + between(-sigma, sigma, random));
  const shift = [0, 1, 2].map(() => between(-sigma, sigma, random));
  const diagonal = [scale[0] as number, 0, 0, 0, scale[1] as number, 0, 0, 0, scale[2] as number];
  return {
    space: 'density',
    matrix: multiply(multiply(inverse(STAINS), diagonal), STAINS),
    offset: rowTimes(shift, STAINS),
    contrast: 1,
  };
}

/** Brightness, saturation about the grey of a pixel, and a turn of the hue in the plane of I and Q, all linear. */
function drawJitter(jitter: ColourJitter, random: RandomStream): ColourChange {
  const { brightness = 0, contrast = 0, saturation = 0, hue = 0 } = jitter;
  const bright = 1 + between(-brightness, brightness, random);
  const contrasted = 1 + between(-contrast, contrast, random);
  const saturated = 1 + between(-saturation, saturation, random);
  const angle = 2 * Math.PI * between(-hue, hue, random);
  const turn = [
    1,
    0,
    0,
    0,
    saturated * Math.cos(angle),
    saturated * Math.sin(angle),
    0,
    -saturated * Math.sin(angle),
    saturated * Math.cos(angle),
  ];
  const unchanged = saturated === 1 && angle === 0;
  const matrix = unchanged ? IDENTITY : multiply(multiply(TO_YIQ, turn), inverse(TO_YIQ));
  return { space: 'rgb', matrix: matrix.map((value) => value * bright), offset: [0, 0, 0], contrast: contrasted };
}

function between(low: number, high: number, random: RandomStream): number {
  return low + (high - low) * random.uniform();
}

function multiply(a: Matrix, b: Matrix): number[] {
  const out: number[] = [];
  for (let row = 0; row < 3; row++) {
    for (let column = 0; column < 3; column++) {
      let sum = 0;
      for (let k = 0; k < 3; k++) sum += (a[row * 3 + k] as number) * (b[k * 3 + column] as number);
      out.push(sum);
    }
  }
  return out;
}

function rowTimes(row: readonly number[], matrix: Matrix): [number, number, number] {
  return [0, 1, 2].map((column) => row.reduce((sum, value, k) => sum + value * (matrix[k * 3 + column] as number), 0)) as [
    number,
    number,
    number,
  ];
}

function inverse(m: Matrix): number[] {
  const [a, b, c, d, e, f, g, h, i] = m as [number, number, number, number, number, number, number, number, number];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ].map((value) => value / determinant);
}
