import type { RandomStream } from '@slidestream/core';
import { randomStream } from '@slidestream/core';
import { concat, dispose, slice, type Tensor2D, type Tensor4D, tidy } from '@tensorflow/tfjs-core';
import type { Encoder } from './encoder.js';

/**
 * Features of any number of tiles in evaluation mode, `chunkSize` tiles at a time: the memory of one chunk, whatever the
 * number of tiles.
 *
 * @param tiles - normalised RGB, float32 [T, h, w, 3]
 * @returns float32 [T, D]
 */
export function encodeInChunks(encoder: Encoder, tiles: Tensor4D, chunkSize: number): Tensor2D {
  const random: RandomStream = randomStream('evaluation');
  return tidy(() => {
    const chunks: Tensor2D[] = [];
    for (let start = 0; start < tiles.shape[0]; start += chunkSize) {
      const chunk = slice(tiles, [start, 0, 0, 0], [Math.min(chunkSize, tiles.shape[0] - start), -1, -1, -1]);
      chunks.push(encoder.forward(chunk, { training: false, random }));
      dispose(chunk);
    }
    return chunks.length === 1 ? (chunks[0] as Tensor2D) : concat(chunks, 0);
  });
}
