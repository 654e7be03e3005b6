/** 8-bit RGB tiles of one size side by side, as plain data. */
export interface TileImages {
  /** [T, h, w, 3], row-major. */
  readonly data: Uint8Array;
  /** T. */
  readonly count: number;
  readonly heightPx: number;
  readonly widthPx: number;
}
