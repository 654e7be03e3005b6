import { setMaxListeners } from 'node:events';
import { SlidestreamError } from '@slidestream/core';
import type { StoredSlideInfo, TileRecord, TileStoreWriter } from '@slidestream/lmdb-io';
import type { SlideFile } from '@slidestream/slides';
import { mapAhead } from '@slidestream/streams';
import type { TileGrid } from '@slidestream/tiling';
import { type Portion, type PortionRequest, recordsOf, type SlideFacts } from './pack-portion.js';
import { type PackOptions, storedMpp } from './pack-settings.js';
import type { PackWorkers } from './pack-workers.js';

/** A scale of one slide and where it goes. */
export interface PackScale {
  readonly name: string;
  readonly grid: TileGrid;
  readonly writer: TileStoreWriter;
}

/** How {@link packSlide} works. */
export interface PackSlideOptions extends Pick<PackOptions, 'mppIfUnknown' | 'missingTiles' | 'reader'> {
  readonly tileSizePx: number | undefined;
  readonly jpegQuality: number;
  readonly workers: PackWorkers;
  /** Resolves when the slides before this one are written, so that stores have their slides in the order asked for. */
  readonly turn: Promise<unknown>;
  readonly onTile: () => void;
  /** Called when the writers have all tiles: the turn passes on while this slide becomes durable. */
  readonly onHandedOver?: (() => void) | undefined;
  readonly signal: AbortSignal;
}

/** Tiles of a portion. Neighbouring portions decode the file's tiles between them twice, so they are not small; they are held in memory. */
const PORTION = { atLeast: 64, atMost: 512 } as const;

/** Reads, compresses and stores all tiles of a slide; the first portion is made before its turn has come. Tiles written, by scale. */
export async function packSlide(file: SlideFile, scales: readonly PackScale[], options: PackSlideOptions): Promise<Record<string, number>> {
  // Every slide that is worked on listens to it, and every portion.
  setMaxListeners(0, options.signal);
  const counts: Record<string, number> = {};
  const durable: Promise<void>[] = [];
  for (const { name, grid, writer } of scales) {
    checkGrid(file, grid);
    const sizePx = options.tileSizePx ?? grid.tileSizePx;
    const [request, ...others] = portionsOf(file, grid, sizePx, options);
    const started = options.workers.encode(request as PortionRequest, options.signal);
    // It is awaited when the turn has come; until then its failure is nobody's.
    started.catch(() => undefined);
    await options.turn;
    const first = await started;
    const rest = mapAhead((portion: PortionRequest, signal) => options.workers.encode(portion, signal), {
      ahead: options.workers.count,
      signal: options.signal,
    })(others);
    await new Promise<void>((handedOver, failed) => {
      const tiles = tilesOf(first, rest, { ...options, handedOver });
      const written = writer.writeSlide(file.id, storedInfo(first.facts as SlideFacts, grid, sizePx), tiles);
      durable.push(written);
      // Once its tiles are handed over it is waited for below.
      written.catch(failed);
    });
    counts[name] = grid.coords.length / 2;
  }
  options.onHandedOver?.();
  await Promise.all(durable);
  return counts;
}

function checkGrid(file: SlideFile, grid: TileGrid): void {
  if (Number.isInteger(grid.readSizePx) && grid.readSizePx > 0 && Number.isInteger(grid.tileSizePx) && grid.tileSizePx > 0) return;
  throw new SlidestreamError({
    code: 'pack/tile-size',
    category: 'data',
    message: `its coordinates are of tiles of ${grid.readSizePx} pixels`,
    where: { slide: file.id },
    hint: 'Tile the slide again',
  });
}

/** At least one portion: it describes the slide, even one without tiles. */
function portionsOf(file: SlideFile, grid: TileGrid, sizePx: number, options: PackSlideOptions): PortionRequest[] {
  const { level, readSizePx, coords } = grid;
  const { mppIfUnknown, missingTiles, reader, jpegQuality, workers } = options;
  const shared = Math.ceil(coords.length / 2 / workers.count);
  const size = 2 * Math.min(PORTION.atMost, Math.max(PORTION.atLeast, shared));
  const portions: PortionRequest[] = [];
  for (let at = 0; at === 0 || at < coords.length; at += size) {
    const part = coords.slice(at, at + size);
    portions.push({
      path: file.path,
      level,
      readSizePx,
      sizePx,
      jpegQuality,
      mppIfUnknown,
      missingTiles,
      reader,
      coords: part,
      asStored: grid.alignedToFile === true && readSizePx === sizePx,
      describe: at === 0,
    });
  }
  return portions;
}

async function* tilesOf(
  first: Portion,
  rest: AsyncIterable<Portion>,
  { onTile, workers, handedOver }: Pick<PackSlideOptions, 'onTile' | 'workers'> & { readonly handedOver: () => void },
): AsyncGenerator<TileRecord> {
  const each = function* (portion: Portion): Generator<TileRecord> {
    for (const record of recordsOf(portion, () => workers.recycle(portion))) {
      onTile();
      yield record;
    }
  };
  yield* each(first);
  for await (const portion of rest) yield* each(portion);
  handedOver();
}

function storedInfo(facts: SlideFacts, grid: TileGrid, sizePx: number): Omit<StoredSlideInfo, 'crc32c'> {
  const { slideMpp } = grid;
  // What was given when the slide was tiled stands above what its file says here, too.
  const mpp = slideMpp === undefined ? facts.mpp : { x: slideMpp, y: slideMpp, source: 'given' };
  const level0 = mpp === null ? null : (mpp.x + mpp.y) / 2;
  const { level, downsample, sizeLevel0Px } = grid;
  return {
    ...facts,
    mpp,
    scale: { mpp: storedMpp(grid, sizePx, level0), level, downsample, sizeLevel0Px },
    coords: Array.from(grid.coords),
    ...tileFactsOf(grid),
  };
}

/** What is known of every tile beside its place; fractions to a thousandth, which is what a mask can tell. */
function tileFactsOf({ tissueFractions, parents }: TileGrid): Pick<StoredSlideInfo, 'tissueFractions' | 'parents'> {
  return {
    ...(tissueFractions === undefined ? {} : { tissueFractions: Array.from(tissueFractions, (share) => Math.round(share * 1000) / 1000) }),
    ...(parents === undefined ? {} : { parents: { scale: parents.scale, tiles: Array.from(parents.tiles) } }),
  };
}
