/** A part of a tile, in pixels. */
export interface CropBox {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * A colour change of one tile: `x ← clip(A·x + b)` per pixel, on 0–255 values or on their optical density `−ln((v + 1) / 256)`, then
 * contrast about the tile's mean grey.
 */
export interface ColourChange {
  readonly space: 'rgb' | 'density';
  /** A, row-major 3×3, applied to a row vector (r, g, b). */
  readonly matrix: readonly number[];
  /** b. */
  readonly offset: readonly [number, number, number];
  /** 1 = unchanged. */
  readonly contrast: number;
}

/** What happens to one tile, in this order: flips, quarter turns, shift, crop and resize, colour. */
export interface TileTransform {
  readonly flipX: boolean;
  readonly flipY: boolean;
  /** Quarter turns counter-clockwise. */
  readonly quarterTurns: 0 | 1 | 2 | 3;
  /** Pixels to the right; what comes in is black. */
  readonly shiftX: number;
  /** Pixels downwards. */
  readonly shiftY: number;
  /** `null` = the whole tile. */
  readonly crop: CropBox | null;
  readonly colour: ColourChange | null;
}

/** Leaves a tile as it is. */
export const identityTransform: TileTransform = Object.freeze({
  flipX: false,
  flipY: false,
  quarterTurns: 0,
  shiftX: 0,
  shiftY: 0,
  crop: null,
  colour: null,
});
