import type { SlidestreamError } from '@slidestream/core';
import type { RejectionReason, TilingParameters } from '@slidestream/tiling';
import type { RejectedCounts } from './tile-choice.js';
import type { TileJob } from './tile-jobs.js';

/** State of one slide in a tiling run. */
export interface TiledSlide {
  readonly id: string;
  readonly path: string | null;
  /** Name in the process list. */
  readonly listedAs: string;
  /** Whether there is still something to do, in the words of CLAM's list. */
  readonly process: boolean;
  /** `processed`, `already_exist`, `failed_seg`, `tbp`, or the code of the failure. */
  readonly status: string;
  /** Tiles per scale. */
  readonly tiles: Readonly<Record<string, number>>;
  /** Tiles of the grid that were left out, by scale and reason. */
  readonly rejected?: Readonly<Record<string, RejectedCounts>> | undefined;
  /** What to try where no tissue was found. */
  readonly hint?: string | undefined;
  /** Why the slide has no tiles or was left out: an error's code, `tile/no-tissue`, `tile/no-tiles`, `tile/all-rejected`, `tile/not-asked`. */
  readonly reason?: string | undefined;
  /** The failure in words. */
  readonly message?: string | undefined;
  readonly parameters: TilingParameters;
}

/** What is recorded of a slide that is tiled. */
export type TileDetail = Pick<TiledSlide, 'tiles' | 'reason' | 'parameters' | 'rejected' | 'hint'> & {
  readonly status: 'processed' | 'already_exist';
};

/** State of a slide that is to be done. */
export function waitingTiling({ id, path, listedAs, parameters, process, status }: TileJob): TiledSlide {
  return { id, path, listedAs, parameters, process, status: process ? 'tbp' : (status ?? 'tbp'), tiles: {} };
}

/** State of a slide that is done. */
export function tiled(job: TileJob, detail: TileDetail): TiledSlide {
  return { ...waitingTiling(job), ...detail, process: false };
}

/** State of a slide that was left out. */
export function failedTiling(job: TileJob, { code, message }: Pick<SlidestreamError, 'code' | 'message'>): TiledSlide {
  const tooLarge = code === 'tiling/level-too-large';
  return { ...waitingTiling(job), process: !tooLarge, status: tooLarge ? 'failed_seg' : code, reason: code, message };
}

/** What a tiling run came to. */
export interface TileSummary {
  readonly out: string;
  readonly slides: readonly TiledSlide[];
  /** Slides that were tiled now. */
  readonly processed: number;
  /** Slides that were complete before, or that another worker did meanwhile. */
  readonly alreadyThere: number;
  /** Slides that could not be tiled. */
  readonly failed: number;
  /** Slides that are done and have no tile at the first scale. */
  readonly empty: number;
  /** Slides that the process list left out. */
  readonly notAsked: number;
  /** Tiles per scale over all slides. */
  readonly tiles: Readonly<Record<string, number>>;
  /** Tiles that were left out, by scale and reason, of slides that are recorded. */
  readonly rejected: Readonly<Record<string, RejectedCounts>>;
}

/** Counts of a run's slides. */
export function summariseTiling(out: string, scales: readonly string[], slides: readonly TiledSlide[]): TileSummary {
  const [first = ''] = scales;
  const count = (test: (slide: TiledSlide) => boolean): number => slides.filter(test).length;
  const finished = (slide: TiledSlide): boolean => slide.status === 'processed' || slide.status === 'already_exist';
  const notAsked = (slide: TiledSlide): boolean => slide.reason === 'tile/not-asked';
  return {
    out,
    slides,
    processed: count((slide) => slide.status === 'processed' && !notAsked(slide)),
    alreadyThere: count((slide) => slide.status === 'already_exist' && !notAsked(slide)),
    failed: count((slide) => slide.message !== undefined),
    empty: count((slide) => finished(slide) && !notAsked(slide) && slide.tiles[first] === 0),
    notAsked: count(notAsked),
    tiles: Object.fromEntries(scales.map((scale) => [scale, slides.reduce((sum, slide) => sum + (slide.tiles[scale] ?? 0), 0)])),
    rejected: sumRejected(slides),
  };
}

function sumRejected(slides: readonly TiledSlide[]): Record<string, RejectedCounts> {
  const sums: Record<string, RejectedCounts> = {};
  for (const { rejected = {} } of slides) {
    for (const [scale, counts] of Object.entries(rejected)) {
      const sum = sums[scale] ?? {};
      sums[scale] = sum;
      for (const [reason, count] of Object.entries(counts) as [RejectionReason, number][]) sum[reason] = (sum[reason] ?? 0) + count;
    }
  }
  return sums;
}
