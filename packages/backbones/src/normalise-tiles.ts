import { currentKernels } from '@slidestream/tensors';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { TileNormalisation } from './encoder.js';

/**
 * 8-bit RGB tiles as an encoder wants them, by the engine's fastest way in.
 *
 * @param pixels - uint8 [T, height, width, 3], row-major
 * @returns float32 [T, height, width, 3]
 */
export function normaliseTiles(
  pixels: Uint8Array,
  size: { readonly tiles: number; readonly height: number; readonly width: number },
  normalisation: TileNormalisation,
): Tensor4D {
  const shape = [size.tiles, size.height, size.width, 3] as const;
  const expected = shape.reduce((product, length) => product * length, 1);
  if (pixels.length !== expected) throw new RangeError(`${shape.join('×')} tiles are ${expected} bytes, got ${pixels.length}`);
  return currentKernels().uploadTiles(pixels, shape, normalisation);
}
