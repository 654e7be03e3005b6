import { SlidestreamError } from '@slidestream/core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import type { EncoderSpec } from './encoder.js';

/** Sides of whole patches. @throws SlidestreamError `encoders/tile-size` */
export function requireWholePatches({ name }: EncoderSpec, { shape }: Tensor4D, patchSizePx: number): void {
  const [, height, width, channels] = shape;
  if (channels === 3 && height > 0 && width > 0 && height % patchSizePx === 0 && width % patchSizePx === 0) return;
  throw refusal(name, shape, `tiles whose sides are whole patches of ${patchSizePx} pixels`);
}

/** Exactly the side that it was made for. @throws SlidestreamError `encoders/tile-size` */
export function requireOwnSize({ name, inputSizePx }: EncoderSpec, { shape }: Tensor4D): void {
  const [, height, width, channels] = shape;
  if (channels === 3 && height === inputSizePx && width === inputSizePx) return;
  throw refusal(name, shape, `tiles of ${inputSizePx} × ${inputSizePx} pixels`);
}

/** Sides of `least` pixels or more. @throws SlidestreamError `encoders/tile-size` */
export function requireAtLeast({ name }: EncoderSpec, { shape }: Tensor4D, least: number): void {
  const [, height, width, channels] = shape;
  if (channels === 3 && height >= least && width >= least) return;
  throw refusal(name, shape, `tiles whose sides are ${least} pixels or more`);
}

function refusal(name: string, shape: readonly number[], wanted: string): SlidestreamError {
  return new SlidestreamError({
    code: 'encoders/tile-size',
    category: 'usage',
    message: `the encoder "${name}" takes ${wanted}, got [${shape.join(', ')}]`,
    hint: 'Resize the tiles (encoder.inputSizePx in the configuration, --input-size on the command line)',
  });
}
