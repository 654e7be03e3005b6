import { formatError } from './format-error.js';
import { type TypedAttributes, typed } from './hdf5-attributes.js';
import { magnificationOf, need, type TileFacts } from './tile-facts.js';

/** Where attributes are asked for. */
export interface AttributePlace {
  readonly slide: string;
  /** Folder the file lies in, which some systems write down. */
  readonly folder: string;
  readonly file?: string | undefined;
}

function wholeSize(facts: TileFacts, who: string, file?: string): number {
  const size = need(facts, 'sizeLevel0Px', who, file);
  const whole = Math.round(size);
  // A tile's side at level 0 that is no whole number comes from a scale; every system rounds it.
  if (whole < 1) throw formatError('facts-missing', `tiles of ${size} pixels cannot be`, { file });
  return whole;
}

/** CLAM's attributes of `coords`. @throws SlidestreamError `format/facts-missing` */
export function clamAttributes(facts: TileFacts, { slide, folder, file }: AttributePlace): TypedAttributes {
  const known = facts.level !== undefined && facts.readSizePx !== undefined && facts.downsample !== undefined;
  const whole = known && Number.isInteger(facts.readSizePx) ? facts.readSizePx : undefined;
  const size: readonly [number, number] | undefined = whole === undefined ? undefined : facts.levelSize;
  const levelSize = size ?? [need(facts, 'width', 'CLAM', file), need(facts, 'height', 'CLAM', file)];
  return {
    downsample: { type: 'float64', value: size === undefined ? [1, 1] : (facts.downsample as readonly [number, number]) },
    ...typed({
      downsampled_level_dim: levelSize,
      level_dim: levelSize,
      name: slide,
      patch_level: size === undefined ? 0 : facts.level,
      patch_size: size === undefined ? wholeSize(facts, 'CLAM', file) : whole,
      save_path: folder,
    }),
  };
}

/** TRIDENT's attributes of `coords`. @throws SlidestreamError `format/facts-missing` */
export function tridentAttributes(facts: TileFacts, { slide, folder, file }: AttributePlace): TypedAttributes {
  const { magnification, sizePx, sizeLevel0Px, target } = magnified(facts, 'TRIDENT', file);
  return typed({
    patch_size: sizePx,
    patch_size_level0: sizeLevel0Px,
    level0_magnification: magnification,
    target_magnification: target,
    overlap: facts.overlapPx ?? 0,
    name: slide,
    savetodir: folder,
    level0_width: need(facts, 'width', 'TRIDENT', file),
    level0_height: need(facts, 'height', 'TRIDENT', file),
  });
}

/** AtlasPatch's attributes of the file, with the format of its tiles' names. @throws SlidestreamError `format/facts-missing` */
export function atlasPatchAttributes(facts: TileFacts, { slide, file }: AttributePlace, count: number): TypedAttributes {
  const { magnification, sizePx, sizeLevel0Px, target } = magnified(facts, 'AtlasPatch', file);
  return typed({
    patch_size: sizePx,
    patch_size_level0: sizeLevel0Px,
    level0_magnification: magnification,
    target_magnification: target,
    overlap: facts.overlapPx ?? 0,
    level0_width: need(facts, 'width', 'AtlasPatch', file),
    level0_height: need(facts, 'height', 'AtlasPatch', file),
    wsi_path: slide,
    passport_format: '{stem}__x{X}_y{Y}_rw{RW}_rh{RH}_lv{LV}_mag{MAG}_tmag{TMAG}_total{TOTAL}',
    passport_version: 2,
    num_patches: count,
  });
}

function magnified(facts: TileFacts, who: string, file?: string) {
  const magnification = magnificationOf(facts, who, file);
  const sizePx = need(facts, 'sizePx', who, file);
  const sizeLevel0Px = wholeSize(facts, who, file);
  return { magnification, sizePx, sizeLevel0Px, target: facts.targetMagnification ?? (magnification * sizePx) / sizeLevel0Px };
}

/** wsinfer's attributes of `coords`: `patch_size` counts pixels of level 0. @throws SlidestreamError `format/facts-missing` */
export function wsinferAttributes(facts: TileFacts, { file }: AttributePlace): TypedAttributes {
  const mpp =
    facts.mpp ?? (need(facts, 'slideMpp', 'wsinfer', file) * wholeSize(facts, 'wsinfer', file)) / need(facts, 'sizePx', 'wsinfer', file);
  return {
    patch_size: { type: 'int64', value: wholeSize(facts, 'wsinfer', file) },
    patch_level: { type: 'int64', value: 0 },
    patch_spacing_um_px: { type: 'float64', value: mpp },
  };
}

/** STAMP's attributes of the file. @throws SlidestreamError `format/facts-missing` */
export function stampAttributes(facts: TileFacts, { file }: AttributePlace, extractor: string): TypedAttributes {
  const sizePx = need(facts, 'sizePx', 'STAMP', file);
  const mpp = facts.mpp ?? (need(facts, 'slideMpp', 'STAMP', file) * need(facts, 'sizeLevel0Px', 'STAMP', file)) / sizePx;
  return {
    extractor: { type: 'text', value: extractor },
    unit: { type: 'text', value: 'um' },
    tile_size_um: { type: 'float64', value: mpp * sizePx },
    tile_size_px: { type: 'int64', value: Math.round(sizePx) },
    feat_type: { type: 'text', value: 'tile' },
  };
}
