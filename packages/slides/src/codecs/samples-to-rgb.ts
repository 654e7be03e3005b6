import type { PixelLayout } from '../tiff/image.js';

/** Undoes horizontal differencing in place, row by row. */
export function undoPredictor(samples: Uint8Array, rowBytes: number, perPixel: number): void {
  for (let row = 0; row < samples.length; row += rowBytes) {
    const end = row + rowBytes;
    for (let i = row + perPixel; i < end; i++) samples[i] = (samples[i] as number) + (samples[i - perPixel] as number);
  }
}

/** Turns samples of `layout` into RGB; alpha is laid over white, as OpenSlide's pixels are shown. */
export function samplesToRgb(samples: Uint8Array, layout: PixelLayout, pixels: number): Uint8Array {
  if (layout === 'rgb') return samples;
  const rgb = new Uint8Array(pixels * 3);
  if (layout === 'grey' || layout === 'grey-inverted') {
    const flip = layout === 'grey' ? 0 : 255;
    for (let i = 0; i < pixels; i++) rgb.fill((samples[i] as number) ^ flip, i * 3, i * 3 + 3);
    return rgb;
  }
  for (let i = 0, from = 0, to = 0; i < pixels; i++, from += 4, to += 3) {
    const alpha = layout === 'rgbx' ? 255 : (samples[from + 3] as number);
    for (let channel = 0; channel < 3; channel++) {
      const value = samples[from + channel] as number;
      const shown = layout === 'rgba' ? Math.round((value * alpha) / 255) : value;
      rgb[to + channel] = Math.min(255, shown + 255 - alpha);
    }
  }
  return rgb;
}

/** Joins planes of a picture that are stored apart, each decoded as grey RGB, to RGB. */
export function joinPlanes(planes: readonly Uint8Array[], layout: PixelLayout): Uint8Array {
  const pixels = (planes[0] as Uint8Array).length / 3;
  const samples = new Uint8Array(pixels * planes.length);
  for (const [plane, grey] of planes.entries()) {
    for (let i = 0; i < pixels; i++) samples[i * planes.length + plane] = grey[i * 3] as number;
  }
  if (layout === 'ycbcr') ycbcrToRgb(samples);
  return samplesToRgb(samples, layout === 'ycbcr' ? 'rgb' : layout, pixels);
}

const HALF = 1 << 15;
const fix = (value: number): number => Math.round(value * 65536);
const RED = fix(1.402);
const GREEN_BLUE = fix(0.344136286);
const GREEN_RED = fix(0.714136286);
const BLUE = fix(1.772);

/** Turns interleaved YCbCr into RGB in place, with the fixed-point formula of libjpeg. */
export function ycbcrToRgb(samples: Uint8Array): void {
  for (let i = 0; i + 2 < samples.length; i += 3) {
    const y = samples[i] as number;
    const cb = (samples[i + 1] as number) - 128;
    const cr = (samples[i + 2] as number) - 128;
    samples[i] = clamp(y + ((RED * cr + HALF) >> 16));
    samples[i + 1] = clamp(y + ((-GREEN_BLUE * cb - GREEN_RED * cr + HALF) >> 16));
    samples[i + 2] = clamp(y + ((BLUE * cb + HALF) >> 16));
  }
}

function clamp(value: number): number {
  return Math.min(255, Math.max(0, value));
}
