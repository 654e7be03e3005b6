import { formatError } from './format-error.js';
import type { AttributeValue } from './hdf5-attributes.js';

/** What is known of a slide beside the file of its tiles; systems differ in what they write down. */
export interface SlideFacts {
  /** µm per pixel of level 0. */
  readonly slideMpp?: number | undefined;
  /** Of level 0. */
  readonly magnification?: number | undefined;
  /** Size of level 0. */
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Side of a tile in pixels of level 0. */
  readonly sizeLevel0Px?: number | undefined;
  /** Side of a tile as an encoder sees it, in pixels. */
  readonly sizePx?: number | undefined;
}

/** What files say of the tiles of one slide; `undefined` where they do not. */
export interface TileFacts extends SlideFacts {
  /** µm per pixel of a tile. */
  readonly mpp?: number | undefined;
  /** Of a tile. */
  readonly targetMagnification?: number | undefined;
  /** Between neighbours, in pixels of a tile. */
  readonly overlapPx?: number | undefined;
  /** Level that is read, side of what is read there, the level's downsample and size. */
  readonly level?: number | undefined;
  readonly readSizePx?: number | undefined;
  readonly downsample?: readonly [number, number] | undefined;
  readonly levelSize?: readonly [number, number] | undefined;
}

type Attributes = Readonly<Record<string, AttributeValue>>;

function numberIn(attributes: Attributes, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = attributes[name];
    // Some writers keep numbers as text, and what they do not know as 'None'.
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number) && number > 0) return number;
  }
  return undefined;
}

function pairIn(attributes: Attributes, name: string): readonly [number, number] | undefined {
  const value = attributes[name];
  return Array.isArray(value) && value.length === 2 ? [value[0] as number, value[1] as number] : undefined;
}

/**
 * Facts from the attributes of an HDF5 file. `patch_size` is the trap of the field: pixels of `patch_level` in CLAM's files, of level 0 in wsinfer's, of the
 * tile in TRIDENT's and AtlasPatch's.
 */
export function factsOfAttributes(attributes: Attributes): TileFacts {
  const patch = numberIn(attributes, 'patch_size');
  const level0 = numberIn(attributes, 'patch_size_level0');
  const base: TileFacts = {
    slideMpp: numberIn(attributes, 'slide_mpp'),
    magnification: numberIn(attributes, 'level0_magnification'),
    targetMagnification: numberIn(attributes, 'target_magnification'),
    width: numberIn(attributes, 'level0_width'),
    height: numberIn(attributes, 'level0_height'),
    mpp: numberIn(attributes, 'tile_mpp', 'patch_spacing_um_px'),
    overlapPx: typeof attributes.overlap === 'number' ? attributes.overlap : undefined,
  };
  if (attributes.patch_spacing_um_px !== undefined) return completed({ ...base, sizeLevel0Px: patch });
  if (pairIn(attributes, 'downsample') !== undefined && patch !== undefined) {
    const downsample = pairIn(attributes, 'downsample') as readonly [number, number];
    const custom = numberIn(attributes, 'custom_downsample') ?? 1;
    const levelSize = pairIn(attributes, 'level_dim');
    return completed({
      ...base,
      level: typeof attributes.patch_level === 'number' ? attributes.patch_level : undefined,
      readSizePx: patch * custom,
      sizePx: numberIn(attributes, 'tile_size_px') ?? patch,
      sizeLevel0Px: level0 ?? patch * Math.max(1, Math.trunc(downsample[0])) * custom,
      downsample,
      levelSize,
      width: base.width ?? (levelSize && Math.round(levelSize[0] * downsample[0])),
      height: base.height ?? (levelSize && Math.round(levelSize[1] * downsample[1])),
    });
  }
  const sizeUm = numberIn(attributes, 'tile_size_um') ?? (attributes.unit === 'um' ? numberIn(attributes, 'tile_size') : undefined);
  const sizePx = numberIn(attributes, 'tile_size_px') ?? patch;
  return completed({
    ...base,
    sizePx,
    sizeLevel0Px: level0,
    mpp: base.mpp ?? (sizeUm !== undefined && sizePx !== undefined ? sizeUm / sizePx : undefined),
  });
}

/** Facts with what follows from them: of pixel size of slide and tile, and size of a tile in both, any three give the fourth. */
export function completed(facts: TileFacts): TileFacts {
  const { slideMpp, mpp, sizePx, sizeLevel0Px, magnification } = facts;
  const out: { -readonly [K in keyof TileFacts]: TileFacts[K] } = { ...facts };
  if (mpp !== undefined && sizePx !== undefined) {
    if (slideMpp === undefined && sizeLevel0Px !== undefined) out.slideMpp = (mpp * sizePx) / sizeLevel0Px;
    else if (sizeLevel0Px === undefined && slideMpp !== undefined) out.sizeLevel0Px = Math.round((mpp * sizePx) / slideMpp);
  } else if (slideMpp !== undefined && sizeLevel0Px !== undefined) {
    if (sizePx !== undefined) out.mpp = (slideMpp * sizeLevel0Px) / sizePx;
    else if (mpp !== undefined) out.sizePx = Math.round((slideMpp * sizeLevel0Px) / mpp);
  }
  if (out.targetMagnification === undefined && magnification !== undefined && out.sizePx !== undefined && out.sizeLevel0Px !== undefined)
    out.targetMagnification = (magnification * out.sizePx) / out.sizeLevel0Px;
  return out;
}

/** Facts of a file joined with facts given beside it, which win where both speak. */
export function joined(found: TileFacts, given: SlideFacts | undefined): TileFacts {
  const told = Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined));
  return completed({ ...found, ...told });
}

const OPTIONS: Readonly<Record<keyof SlideFacts, string>> = {
  slideMpp: 'the slide’s µm per pixel (column mpp)',
  magnification: 'the slide’s magnification (column magnification)',
  width: 'the slide’s width (column width)',
  height: 'the slide’s height (column height)',
  sizeLevel0Px: 'the side of a tile at level 0 (column tile_size_level0)',
  sizePx: 'the side of a tile in pixels (column tile_size_px)',
};

/** A fact that cannot be left out. @throws SlidestreamError `format/facts-missing` */
export function need(facts: TileFacts, name: keyof SlideFacts, who: string, file?: string): number {
  const value = facts[name];
  if (value !== undefined) return value;
  const hint = 'Name it in a CSV of facts with a column slide, or point to the slides themselves';
  throw formatError('facts-missing', `${who} keeps ${OPTIONS[name]}, which the file does not say`, { file }, hint);
}

/** TRIDENT's steps from pixel size to magnification. */
const MAGNIFICATIONS: readonly (readonly [belowMpp: number, magnification: number])[] = [
  [0.16, 80],
  [0.2, 60],
  [0.3, 40],
  [0.6, 20],
  [1.2, 10],
  [2.4, 5],
];

/** Magnification of level 0: as said, or from the pixel size by TRIDENT's own steps. @throws SlidestreamError `format/facts-missing` */
export function magnificationOf(facts: TileFacts, who: string, file?: string): number {
  if (facts.magnification !== undefined) return facts.magnification;
  const mpp = facts.slideMpp;
  const found = mpp === undefined ? undefined : MAGNIFICATIONS.find(([below]) => mpp < below)?.[1];
  return found ?? need({}, 'magnification', who, file);
}
