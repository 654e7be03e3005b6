/** A crop of random area and aspect, resized to the encoder's input. */
export interface RandomResizedCrop {
  /** Least and greatest share of the tile's area. */
  readonly area: readonly [number, number];
  /** Least and greatest ratio of width to height, drawn log-uniformly; default 3/4 to 4/3. */
  readonly aspect?: readonly [number, number] | undefined;
}

/** A square crop of fixed size at a random place. */
export interface FixedCrop {
  readonly sizePx: number;
}

/** Random change of stain: the amounts of haematoxylin, eosin and residual are scaled and shifted by up to `sigma` each. */
export interface StainJitter {
  readonly kind: 'stain';
  readonly sigma: number;
}

/** Random change of colour; each factor is drawn from 1 ± its value, the hue from ± its value of a full turn. */
export interface ColourJitter {
  readonly kind: 'colour';
  readonly brightness?: number | undefined;
  readonly contrast?: number | undefined;
  readonly saturation?: number | undefined;
  readonly hue?: number | undefined;
}

/** What is drawn for each tile. Everything that is absent does not happen. */
export interface Augmentation {
  /** Probability of a flip left to right. */
  readonly flipX?: number | undefined;
  /** Probability of a flip upside down. */
  readonly flipY?: number | undefined;
  /** Turn by 0, 90, 180 or 270 degrees, equally likely. Needs square tiles. */
  readonly quarterTurns?: boolean | undefined;
  /** Greatest shift as a share of the side; whole pixels, black comes in. */
  readonly shift?: number | undefined;
  readonly crop?: RandomResizedCrop | FixedCrop | undefined;
  readonly colour?: StainJitter | ColourJitter | undefined;
  /**
   * `reference`: as SPEC §8.3, crops and shifts shared by `chunks` contiguous parts of the step and a flip for exactly half of its tiles.
   * Default: every tile on its own.
   */
  readonly compat?: 'reference' | undefined;
  /** Parts that share crop and shift under `compat: 'reference'`; default 4. */
  readonly chunks?: number | undefined;
}

/** Names of {@link preset}. */
export const presetNames = ['none', 'weak', 'strong', 'strong_v2', 'weak_strong'] as const;

/** Name of a set of transforms of the reference. */
export type PresetName = (typeof presetNames)[number];

/** Options of {@link preset}. */
export interface PresetOptions {
  /** Side of the stored tiles and of the encoder's input: only where they differ is there a random resized crop. */
  readonly tileSizePx: number;
  readonly inputSizePx: number;
  /** Least share of the area that a crop keeps; default 0.08. */
  readonly cropScale?: number | undefined;
  readonly compat?: 'reference' | undefined;
}

/**
 * The reference's transforms by name: `none` nothing; `weak` a random resized crop; `strong` both flips too; `strong_v2` flips and shifts
 * by up to half a side; `weak_strong` shifts by up to 100/256.
 *
 * @example
 * ```ts
 * preset('strong', { tileSizePx: 256, inputSizePx: 224 });
 * ```
 */
export function preset(name: PresetName, options: PresetOptions): Augmentation {
  if (name === 'none') return {};
  const { tileSizePx, inputSizePx, cropScale = 0.08, compat } = options;
  const flips = name === 'strong' || name === 'strong_v2' ? { flipX: 0.5, flipY: 0.5 } : {};
  const shift = name === 'strong_v2' ? { shift: 0.5 } : name === 'weak_strong' ? { shift: 100 / 256 } : {};
  const crop = tileSizePx === inputSizePx ? {} : { crop: { area: [cropScale, 1] as const } };
  return { ...flips, ...shift, ...crop, compat };
}
