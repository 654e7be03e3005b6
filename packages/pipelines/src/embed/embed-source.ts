import type { TileImages } from '@slidestream/augment';
import type { FeatureBag } from '@slidestream/formats';

/** Where the tiles to embed come from. */
export interface EmbedSource {
  /** Slides in the order of the work. */
  readonly slides: readonly string[];
  /** Tiles of a slide, where that is known before it is opened. */
  readonly tileCount: ((slide: string) => number) | null;
  /** @throws SlidestreamError when the slide or its tiles are not there */
  open(slide: string): Promise<EmbedBag>;
  /** Changes when what a slide's tiles are made of changes: its file, its coordinates. */
  fingerprint(slide: string): Promise<string>;
  close(): void;
}

/** The tiles of one open slide. */
export interface EmbedBag extends Pick<FeatureBag, 'coords' | 'coordsUnit'> {
  readonly count: number;
  /** All tiles in order, `portion` at a time; the next portion is read beside the work on the present one. */
  tiles(portion: number, signal: AbortSignal): AsyncIterable<TileImages>;
  close(): Promise<void>;
}
