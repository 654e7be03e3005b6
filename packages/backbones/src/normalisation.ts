import type { TileNormalisation } from './encoder.js';

/** ImageNet's RGB mean and deviation, on the 0–255 scale. */
export const imageNet: TileNormalisation = {
  mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
  std: [0.229 * 255, 0.224 * 255, 0.225 * 255],
};
