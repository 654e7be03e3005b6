import type { PixelSize } from '@slidestream/core';

/** 8-bit RGB pixels, interleaved: what a slide reader yields (structurally `RgbImage` of `@slidestream/slides`). */
export interface RgbPixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The levels of a slide as tiling needs them. */
export interface PyramidLevel {
  readonly width: number;
  readonly height: number;
  readonly downsample: number;
  /** Size of the tiles that the file stores, where it is known: what a grid can be aligned to. */
  readonly tileWidth?: number | undefined;
  readonly tileHeight?: number | undefined;
}

/** A rectangle of one level: whole level-0 pixels `x`, `y`, sizes in pixels of the level. */
export interface TilingRegion {
  readonly level: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly signal?: AbortSignal | undefined;
}

/** What tiling asks of a slide; `Slide` of `@slidestream/slides` fits. */
export interface TilingSlide {
  readonly info: {
    readonly width: number;
    readonly height: number;
    readonly mpp: PixelSize | null;
    readonly objective: number | null;
    readonly levels: readonly PyramidLevel[];
  };
  readRegion(request: TilingRegion): Promise<RgbPixels>;
  /** File tiles under a region that the file does not hold; absent or 0 where that cannot be told. */
  countMissing?(request: TilingRegion): number;
}

/** CLAM's segmentation, filter, patching and visualisation parameters under CLAM's names (SPEC §7.1). */
export interface TilingParameters {
  readonly seg_level: number;
  readonly sthresh: number;
  readonly mthresh: number;
  readonly close: number;
  readonly use_otsu: boolean;
  readonly keep_ids: readonly number[];
  readonly exclude_ids: readonly number[];
  readonly a_t: number;
  readonly a_h: number;
  readonly max_n_holes: number;
  readonly vis_level: number;
  readonly line_thickness: number;
  readonly use_padding: boolean;
  readonly contour_fn: 'four_pt' | 'four_pt_hard' | 'center' | 'basic';
  /** What `sthresh` (or Otsu's threshold) is a threshold of; CLAM's `saturation` when left out. A parameter of ours. */
  readonly method?: TissueMethod | undefined;
}

/**
 * What tells tissue from glass: `saturation` as CLAM, `brightness` (grey levels darker than the glass, in the darkest channel) or
 * `entropy` (of grey levels in a 7 × 7 window, in 1/32 bit).
 */
export type TissueMethod = 'saturation' | 'brightness' | 'entropy';

/** One piece of tissue: level-0 pixels, flat [x0, y0, x1, y1, …]. */
export interface TissueContour {
  readonly outer: Int32Array;
  readonly holes: readonly Int32Array[];
}

/** Segmented tissue of one slide; `parameters` are those that were used, `seg_level` and `vis_level` resolved to real levels. */
export interface SlideTissue {
  readonly contours: readonly TissueContour[];
  readonly segmentationLevel: number;
  readonly parameters: TilingParameters;
  /** Area of the largest piece that was found, kept or too small to keep, in the squares of 512 level-0 pixels that `a_t` counts. */
  readonly largestPiece?: number | undefined;
}

/** At which size and scale tiles are cut. */
export interface TileScale {
  /** Output pixels of a tile's side. */
  readonly tileSizePx: number;
  /** Output pixels between tiles; `tileSizePx` when left out. */
  readonly stepPx?: number | undefined;
  readonly at:
    | { readonly kind: 'level'; readonly level: number }
    | { readonly kind: 'mpp'; readonly mpp: number }
    | { readonly kind: 'magnification'; readonly magnification: number };
  /** `file`: tiles are those that the file stores, so that they can be packed as they are; CLAM's grid, which starts at the tissue, by default. */
  readonly align?: 'file' | undefined;
}

/** Where the tiles of a slide are: no pixels. */
export interface TileGrid {
  /** Level-0 top-left corners, int32 [N, 2] as x, y; CLAM's order. */
  readonly coords: Int32Array;
  /** Level from which tiles are read. */
  readonly level: number;
  readonly downsample: number;
  /** Side in pixels of `level` that is read for one tile. */
  readonly readSizePx: number;
  /** Side of the tile after resampling; equals `readSizePx` where no resampling happens. */
  readonly tileSizePx: number;
  /** Side at level 0. */
  readonly sizeLevel0Px: number;
  /** µm/px of the finished tile, when the slide's pixel size is known. */
  readonly mpp: number | null;
  /** Level-0 µm/px where it was given for the slide instead of read from it. */
  readonly slideMpp?: number | undefined;
  /** Share of each tile that is tissue, float32 [N], where it was measured. */
  readonly tissueFractions?: Float32Array | undefined;
  /** Tile of the next coarser scale that each tile's centre lies in, int32 [N], −1 for none, where scales were linked. */
  readonly parents?: { readonly scale: string; readonly tiles: Int32Array } | undefined;
  /** Whether each tile is one that the file stores. */
  readonly alignedToFile?: true | undefined;
}
