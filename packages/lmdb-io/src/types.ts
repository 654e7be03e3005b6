import type { PixelSize } from '@slidestream/core';

/** What is known of one slide's tiles in a store (FORMATS §13, key `__slidestream__/{slide}`). */
export interface StoredSlideInfo {
  readonly reader: { readonly name: string; readonly version: string };
  /** SHA-256 or other stable hash of the source file. */
  readonly sourceHash: string;
  /** Level-0 size; 0 where tiles were imported and it is not known. */
  readonly width: number;
  readonly height: number;
  readonly mpp: (PixelSize & { readonly source: string }) | null;
  /** Scale at which tiles were cut. */
  readonly scale: { readonly mpp: number | null; readonly level: number; readonly downsample: number; readonly sizeLevel0Px: number };
  /** Level-0 top-left corners, flat [x0, y0, x1, y1, …], one pair a tile; empty where tiles were imported without them. */
  readonly coords: readonly number[];
  /** Share of every tile that is tissue, 0 to 1, where it was measured. */
  readonly tissueFractions?: readonly number[] | undefined;
  /** Of every tile the tile of the next coarser scale that it lies in, −1 for none, where there is such a scale. */
  readonly parents?: { readonly scale: string; readonly tiles: readonly number[] } | undefined;
  /** CRC-32C of every tile's JPEG bytes. */
  readonly crc32c: readonly number[];
}

/** Store-wide facts (key `__slidestream__`). */
export interface StoreHeader {
  readonly formatVersion: 1;
  readonly tileSizePx: number;
  /** `null` where tiles were imported and it is not known. */
  readonly jpegQuality: number | null;
  readonly encoder: string;
  readonly creator: string;
}

/** One tile as stored. */
export interface StoredTile {
  readonly slide: string;
  readonly index: number;
  /** A complete JPEG file; the caller's own copy. */
  readonly jpeg: Uint8Array;
}

/** An open tile store, read-only. */
export interface TileStoreReader extends Disposable {
  readonly path: string;
  readonly header: StoreHeader | null;
  /** Slide ids in writing order. */
  readonly slides: readonly string[];
  /** @throws SlidestreamError `store/unknown-slide` */
  tileCount(slide: string): number;
  /** `null` for slides written by other tools. */
  slideInfo(slide: string): StoredSlideInfo | null;
  /** The JPEG bytes of one tile, checksum verified where one is stored. */
  tile(slide: string, index: number): Uint8Array;
  tiles(slide: string): AsyncIterable<StoredTile>;
  close(): void;
}

/** A tile's value in the store and the checksum of its JPEG, as `tileRecord` makes them. */
export interface TileRecord {
  readonly value: Uint8Array;
  readonly crc32c: number;
  /** Called when the values of this record and of those before it are in the store, or given up: their memory can be used again. */
  readonly onWritten?: (() => void) | undefined;
}

/** A tile handed to the writer. */
export interface TileToStore {
  readonly jpeg: Uint8Array;
}

/** A store open for writing; one writer per store. */
export interface TileStoreWriter extends AsyncDisposable {
  readonly path: string;
  /** Slides that are complete and durable. */
  has(slide: string): boolean;
  /**
   * Writes all tiles of a slide, then its records in the last tile's transaction, which slides that were asked for meanwhile may share; resolves when durable.
   * A slide half-written by a killed run is replaced.
   */
  writeSlide(
    slide: string,
    info: Omit<StoredSlideInfo, 'crc32c'>,
    tiles: AsyncIterable<TileToStore | TileRecord> | Iterable<TileToStore | TileRecord>,
  ): Promise<void>;
  /** Makes durable now what waits for other slides to share its transaction. */
  flush(): void;
  close(): Promise<void>;
}
