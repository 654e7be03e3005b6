import type { PixelSize } from '@slidestream/core';

/** Where a slide's pixel size comes from. */
export type MppSource = 'tag' | 'resolution' | 'given';

/** How the pixels of a level are stored; `unknown` = the reader does not tell. */
export type Compression = 'jpeg' | 'jpeg2000' | 'deflate' | 'lzw' | 'none' | 'webp' | 'zstd' | 'packbits' | 'unknown';

/** Readers that can be asked for: `auto` takes the file's own, and OpenSlide where it is installed and no other reads the file. */
export const slideReaders = Object.freeze(['auto', 'tiff', 'dicom', 'openslide'] as const);

/** A reader by its name. */
export type SlideReader = (typeof slideReaders)[number];

/** One level of the pyramid. */
export interface SlideLevel {
  /** 0 = the largest. */
  readonly index: number;
  readonly width: number;
  readonly height: number;
  /** Level-0 width and height over this level's, averaged as OpenSlide does; exactly 1 for level 0. */
  readonly downsample: number;
  readonly tileWidth: number;
  readonly tileHeight: number;
  readonly compression: Compression;
  /** Tiles of the level that the file does not hold; absent where the reader cannot tell. */
  readonly missingTiles?: number | undefined;
}

/**
 * What to do with a tile that the file does not hold: refuse the region, or leave it white and say so. Tiles that a format
 * leaves out where nothing was scanned (Philips, DICOM) are white either way, and counted. Whoever skips such regions asks `countMissing`.
 */
export type MissingTiles = 'error' | 'white';

/** An image that belongs to the slide but is no level: label, macro, thumbnail. */
export interface AssociatedImage {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** What `slidestream info` prints: plain data. */
export interface SlideInfo {
  readonly path: string;
  /** `aperio`, `generic-tiff`, `trestle`, `ome`, `dicom`, … */
  readonly vendor: string;
  /** Reader and its version, recorded in every artifact: readers differ in pixels. */
  readonly reader: { readonly name: string; readonly version: string };
  readonly width: number;
  readonly height: number;
  /** `null` when the file does not say and nobody has: it is asked for, never guessed. */
  readonly mpp: (PixelSize & { readonly source: MppSource }) | null;
  readonly objective: number | null;
  readonly levels: readonly SlideLevel[];
  readonly associated: readonly AssociatedImage[];
  /** Everything else that the file says of itself. */
  readonly properties: Readonly<Record<string, string>>;
}

/** 8-bit RGB pixels, interleaved, row by row. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** uint8 [height, width, 3]. */
  readonly data: Uint8Array;
}

/** Pixels of a region. */
export interface RegionImage extends RgbImage {
  /** Tiles under the region that the file does not hold and that were left white; absent = none, or the reader cannot tell. */
  readonly missingTiles?: number | undefined;
}

/**
 * A rectangle of one level; `x`, `y` are level-0 pixels, `width`, `height` pixels of `level`, as in OpenSlide. `x`, `y` may be
 * fractions where a whole pixel of a level lies between level-0 pixels.
 */
export interface RegionRequest {
  readonly level: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly signal?: AbortSignal | undefined;
  /** Memory for the pixels, at least `height · width · 3` bytes, when many regions are read in turn; new memory by default. */
  readonly out?: Uint8Array | undefined;
}

/** A compressed tile as it is stored, complete with its tables: a file that any decoder reads. */
export interface RawTile {
  readonly compression: Compression;
  readonly bytes: Uint8Array;
}

/**
 * An open slide. Regions past the border are white, as OpenSlide's RGBA over white; level 0 is byte-exact, levels
 * above start at the exact fractional offset x / downsample and are interpolated bilinearly.
 */
export interface Slide extends AsyncDisposable {
  readonly info: SlideInfo;
  /** @throws SlidestreamError `slide/*` when a tile is missing or cannot be decoded */
  readRegion(request: RegionRequest): Promise<RegionImage>;
  /** Tiles under a region that the file does not hold, without reading any; 0 where the reader cannot tell. */
  countMissing(request: RegionRequest): number;
  /** An associated image by name. */
  readAssociated(name: string): Promise<RgbImage>;
  /** The stored tile at column, row of a level, for pass-through; `null` where the grid has none or the codec is not JPEG. */
  readRawTile(level: number, column: number, row: number): Promise<RawTile | null>;
  close(): Promise<void>;
}

/** How to open a slide. */
export interface OpenSlideOptions {
  /** Which reader opens it: default `auto`. */
  readonly reader?: SlideReader | undefined;
  /** The longest that OpenSlide's process may take for one answer, in ms: default 60,000. */
  readonly readerTimeoutMs?: number | undefined;
  /** Overrides what the file says; recorded as source `given`. */
  readonly mpp?: number | PixelSize | undefined;
  /** What to do with a tile that the file does not hold: default `error`. */
  readonly missingTiles?: MissingTiles | undefined;
  /** Decoded tiles kept in memory, in bytes: default 64 MiB. */
  readonly cacheBytes?: number | undefined;
}
