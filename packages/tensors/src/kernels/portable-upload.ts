import { type Tensor4D, tensor4d } from '@tensorflow/tfjs-core';
import type { ImageShape } from './conv-geometry.js';
import type { ChannelNormalisation } from './kernels.js';

/** 8-bit pixels to (v − mean) / std; one look-up per value. */
export function uploadTiles(pixels: Uint8Array, shape: ImageShape, { mean, std }: ChannelNormalisation): Tensor4D {
  const values = new Float32Array(pixels.length);
  const table = new Float32Array(768);
  for (let value = 0; value < 256; value++) {
    for (let channel = 0; channel < 3; channel++) {
      table[channel * 256 + value] = (value - (mean[channel] as number)) / (std[channel] as number);
    }
  }
  for (let at = 0; at < pixels.length; at += 3) {
    values[at] = table[pixels[at] as number] as number;
    values[at + 1] = table[256 + (pixels[at + 1] as number)] as number;
    values[at + 2] = table[512 + (pixels[at + 2] as number)] as number;
  }
  return tensor4d(values, [...shape]);
}
