import { type RandomPath, type RandomStream, randomStream } from '@slidestream/core';
import type { Augmentation, FixedCrop, RandomResizedCrop } from './augmentation.js';
import { drawColour } from './colour-change.js';
import type { CropBox, TileTransform } from './tile-transform.js';

/** Size of the tiles that are transformed. */
export interface TileSize {
  readonly heightPx: number;
  readonly widthPx: number;
}

/**
 * Draws one transform a tile. What a tile gets depends on `path` and its own key alone, so that order, chunks, workers and resumes change
 * nothing; a key that occurs again gets another draw. Under `compat: 'reference'` it depends on the whole step.
 *
 * @param keys - a name for each tile, `slide/scale/index`
 * @param path - seed and epoch
 * @param from - first tile whose transform is wanted; default 0
 * @param to - end of the tiles whose transforms are wanted; default all
 * @returns [to − from]
 */
export function drawTransforms(
  augmentation: Augmentation,
  size: TileSize,
  keys: readonly string[],
  path: RandomPath,
  from = 0,
  to = keys.length,
): TileTransform[] {
  if (augmentation.compat === 'reference') return drawLikeReference(augmentation, size, keys, path).slice(from, to);
  const seen = new Map<string, number>();
  const drawn: TileTransform[] = [];
  for (let i = 0; i < to; i++) {
    const key = keys[i] as string;
    const occurrence = seen.get(key) ?? 0;
    seen.set(key, occurrence + 1);
    if (i >= from) drawn.push(drawOne(augmentation, size, randomStream(...path, 'augment', key, occurrence)));
  }
  return drawn;
}

function drawOne(augmentation: Augmentation, size: TileSize, random: RandomStream): TileTransform {
  const { flipX = 0, flipY = 0, quarterTurns = false, crop, colour } = augmentation;
  return {
    flipX: random.uniform() < flipX,
    flipY: random.uniform() < flipY,
    quarterTurns: (quarterTurns ? random.integer(4) : 0) as TileTransform['quarterTurns'],
    ...drawShift(augmentation.shift ?? 0, size, random),
    crop: crop === undefined ? null : drawCrop(crop, size, random),
    colour: colour === undefined ? null : drawColour(colour, random),
  };
}

/** Crops and shifts by contiguous chunks of the step, flips for exactly half of its tiles (rounded up or down at random). */
function drawLikeReference(augmentation: Augmentation, size: TileSize, keys: readonly string[], path: RandomPath): TileTransform[] {
  const random = randomStream(...path, 'augment-step', keys[0] ?? '', keys.length);
  const { chunks = 4, crop, colour } = augmentation;
  const count = keys.length;
  const perChunk = Math.ceil(count / chunks);
  const flipX = drawHalf(augmentation.flipX ?? 0, count, random);
  const flipY = drawHalf(augmentation.flipY ?? 0, count, random);
  const shared = Array.from({ length: Math.ceil(count / perChunk) }, () => ({
    ...drawShift(augmentation.shift ?? 0, size, random),
    crop: crop === undefined ? null : drawCrop(crop, size, random),
  }));
  return keys.map((_, i) => ({
    flipX: flipX.has(i),
    flipY: flipY.has(i),
    quarterTurns: (augmentation.quarterTurns === true ? random.integer(4) : 0) as TileTransform['quarterTurns'],
    ...(shared[Math.floor(i / perChunk)] as (typeof shared)[number]),
    colour: colour === undefined ? null : drawColour(colour, random),
  }));
}

function drawHalf(probability: number, count: number, random: RandomStream): Set<number> {
  const expected = probability * count;
  const chosen = Math.floor(expected) + (random.uniform() < expected - Math.floor(expected) ? 1 : 0);
  return new Set(random.sample(count, chosen));
}

function drawShift(
  share: number,
  { heightPx, widthPx }: TileSize,
  random: RandomStream,
): { readonly shiftX: number; readonly shiftY: number } {
  if (share === 0) return { shiftX: 0, shiftY: 0 };
  const draw = (side: number): number => Math.round((2 * random.uniform() - 1) * share * side);
  return { shiftX: draw(widthPx), shiftY: draw(heightPx) };
}

function drawCrop(crop: RandomResizedCrop | FixedCrop, size: TileSize, random: RandomStream): CropBox | null {
  const { heightPx, widthPx } = size;
  if ('sizePx' in crop) {
    const side = Math.min(crop.sizePx, heightPx, widthPx);
    return { top: random.integer(heightPx - side + 1), left: random.integer(widthPx - side + 1), height: side, width: side };
  }
  const [least, greatest] = crop.area;
  const [narrow, wide] = crop.aspect ?? [3 / 4, 4 / 3];
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = heightPx * widthPx * (least + (greatest - least) * random.uniform());
    const aspect = Math.exp(Math.log(narrow) + (Math.log(wide) - Math.log(narrow)) * random.uniform());
    const width = Math.round(Math.sqrt(area * aspect));
    const height = Math.round(Math.sqrt(area / aspect));
    if (width < 1 || height < 1 || width > widthPx || height > heightPx) continue;
    return { top: random.integer(heightPx - height + 1), left: random.integer(widthPx - width + 1), height, width };
  }
  return null;
}
