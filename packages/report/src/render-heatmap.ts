import sharp from 'sharp';
import { type ColormapName, colourOf } from './colormap.js';
import { normaliseScores, type ScoreNormalisation } from './normalise-scores.js';

/** What {@link renderHeatmap} draws. */
export interface HeatmapInput {
  /** Level-0 size of the slide. */
  readonly width: number;
  readonly height: number;
  /** A picture of the whole slide, uint8 [height, width, 3]. */
  readonly thumbnail: { readonly width: number; readonly height: number; readonly data: Uint8Array };
  /** Level-0 top-left corners, flat [x0, y0, x1, y1, …]. */
  readonly coords: ArrayLike<number>;
  /** Side of a tile at level 0. */
  readonly sizeLevel0Px: number;
  /** One score a tile, higher = more attention. */
  readonly scores: ArrayLike<number>;
  readonly colormap?: ColormapName | undefined;
  /** Weight of the colour over the tissue, 0 to 1: default 0.45. */
  readonly alpha?: number | undefined;
  /** Default `rank`. */
  readonly normalisation?: ScoreNormalisation | undefined;
  /** Longest side of the picture: default 1600. */
  readonly maxSidePx?: number | undefined;
}

/** Longest side that is ever drawn: 100 MB of accumulators. */
const MAX_SIDE_PX = 4096;

/**
 * Attention laid over a slide. Where tiles overlap, a pixel gets the mean of their values; where there is none, the tissue shows as it is.
 *
 * @returns a PNG
 * @throws RangeError when coordinates and scores do not fit each other, or a score is not finite
 */
export async function renderHeatmap(input: HeatmapInput): Promise<Uint8Array> {
  const { coords, scores, thumbnail } = input;
  if (coords.length !== scores.length * 2) throw new RangeError(`${scores.length} scores for ${coords.length / 2} tiles`);
  const longest = Math.min(MAX_SIDE_PX, input.maxSidePx ?? 1600, Math.max(thumbnail.width, thumbnail.height));
  const shrink = Math.min(1, longest / Math.max(thumbnail.width, thumbnail.height));
  const width = Math.max(1, Math.round(thumbnail.width * shrink));
  const height = Math.max(1, Math.round(thumbnail.height * shrink));
  const raw = { width: thumbnail.width, height: thumbnail.height, channels: 3 } as const;
  const base = await sharp(thumbnail.data, { raw, limitInputPixels: false }).resize(width, height, { fit: 'fill' }).raw().toBuffer();
  const values = normaliseScores(scores, input.normalisation ?? 'rank');
  const mean = meanPerPixel(input, values, width, height);
  const pixels = Uint8Array.from(base);
  const alpha = input.alpha ?? 0.45;
  for (let i = 0; i < mean.length; i++) {
    const value = mean[i] as number;
    if (Number.isNaN(value)) continue;
    const colour = colourOf(input.colormap ?? 'coolwarm', value);
    for (let c = 0; c < 3; c++)
      pixels[3 * i + c] = Math.round((1 - alpha) * (pixels[3 * i + c] as number) + alpha * (colour[c as 0] as number));
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9, palette: false })
    .toBuffer();
}

/** Mean value of the tiles over each pixel; NaN where there are none. */
function meanPerPixel(input: HeatmapInput, values: Float64Array, width: number, height: number): Float32Array {
  const sums = new Float32Array(width * height);
  const counts = new Uint16Array(width * height);
  const scaleX = width / input.width;
  const scaleY = height / input.height;
  for (let i = 0; i < values.length; i++) {
    const left = Math.max(0, Math.floor((input.coords[2 * i] as number) * scaleX));
    const top = Math.max(0, Math.floor((input.coords[2 * i + 1] as number) * scaleY));
    // At least a pixel, so that no tile of a huge slide vanishes.
    const right = Math.min(width, Math.max(left + 1, Math.round(((input.coords[2 * i] as number) + input.sizeLevel0Px) * scaleX)));
    const bottom = Math.min(height, Math.max(top + 1, Math.round(((input.coords[2 * i + 1] as number) + input.sizeLevel0Px) * scaleY)));
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        const at = y * width + x;
        sums[at] = (sums[at] as number) + (values[i] as number);
        counts[at] = (counts[at] as number) + 1;
      }
    }
  }
  return sums.map((sum, i) => (counts[i] === 0 ? Number.NaN : sum / (counts[i] as number)));
}

/** Indices of the `count` highest and lowest scores, most extreme first. */
export function extremeTiles(scores: ArrayLike<number>, count: number): { readonly top: number[]; readonly bottom: number[] } {
  const order = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b);
  return { top: order.slice(0, count), bottom: order.slice(-count).reverse() };
}
