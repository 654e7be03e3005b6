import type { TileImages } from '@slidestream/augment';
import { randomStream } from '@slidestream/core';
import { batchOrder, instanceStream, sampleInstances, sampleScales } from '@slidestream/sampling';
import type { BagSource, BatchSource, EvaluationBag } from '@slidestream/training';
import { joinCells } from './grid-cells.js';
import type { LabelledBag } from './labelled-bag.js';
import type { TileName, TileScaleSource } from './tile-scale-source.js';

/** Which tiles a training step sees. */
export interface TileBatchOptions<Target> {
  readonly bags: readonly LabelledBag<Target>[];
  /** The scale that is also evaluated. */
  readonly high: TileScaleSource;
  /** A lower scale to mix in. */
  readonly low?: TileScaleSource | undefined;
  /** Instances a bag; default: all. */
  readonly count?: number | undefined;
  /** Share of the low scale in them. */
  readonly lowShare: number;
  readonly batchSize: number;
  readonly seed: number;
}

/** A batch to be loaded: which bags in which epoch. */
export interface TileBatchPlan {
  readonly epoch: number;
  readonly bags: readonly number[];
}

interface ScaledTile extends TileName {
  readonly scale: 'low' | 'high';
}

/** Training batches of tiles, drawn anew each epoch from seed, epoch and slide alone. */
export function tileBatches<Target>(options: TileBatchOptions<Target>): BatchSource<TileBatchPlan, Target> {
  const { bags, high, low, batchSize, seed } = options;
  return {
    plan: (epoch) => batchOrder({ seed, epoch, count: bags.length, batchSize }).map((order) => ({ epoch, bags: Array.from(order) })),
    load: async (plan, signal) => {
      const chosen = plan.bags.map((index) => bags[index] as LabelledBag<Target>);
      const drawn = toEqualLength(
        chosen.map((bag) => drawTiles(bag, plan.epoch, options)),
        seed,
        plan.epoch,
      );
      const tiles = drawn.flat();
      const images = await readScales(tiles, high, low, signal);
      const seen = new Map<string, number>();
      const tileKeys = tiles.map(({ slide, scale, index }) => {
        const name = `${slide}/${scale}/${index}`;
        const repeat = seen.get(name) ?? 0;
        seen.set(name, repeat + 1);
        return repeat === 0 ? name : `${name}#${repeat}`;
      });
      return {
        ids: chosen.map(({ id }) => id),
        targets: chosen.map(({ target }) => target),
        tiles: images,
        tileKeys,
        positions: cellsOfTiles(tiles, high, low),
      };
    },
  };
}

/** Whole bags of the high scale for evaluation, in portions of `portion` tiles. */
export function tileBags<Target>(bags: readonly LabelledBag<Target>[], source: TileScaleSource, portion: number): BagSource<Target> {
  return () =>
    bags.map(
      (bag): EvaluationBag<Target> => ({
        id: bag.id,
        target: bag.target,
        tiles: portions(allTiles(bag, source), source, portion),
        positions: joinCells(bag.slides.map((slide) => source.positions(slide))),
      }),
    );
}

async function* portions(tiles: readonly TileName[], source: TileScaleSource, portion: number): AsyncGenerator<TileImages> {
  let next = source.read(tiles.slice(0, portion));
  for (let from = 0; from < tiles.length; from += portion) {
    const images = await next;
    // The next portion is decoded while the encoder works on this one.
    if (from + portion < tiles.length) next = source.read(tiles.slice(from + portion, from + 2 * portion));
    next.catch(() => undefined);
    yield images;
  }
}

/** All tiles of a bag at one scale, slide after slide. */
function allTiles(bag: LabelledBag, source: TileScaleSource): TileName[] {
  return bag.slides.flatMap((slide) => Array.from({ length: source.count(slide) }, (_, index) => ({ slide, index })));
}

function drawTiles<Target>(bag: LabelledBag<Target>, epoch: number, options: TileBatchOptions<Target>): ScaledTile[] {
  const { high, low, count, lowShare, seed } = options;
  const random = instanceStream(seed, epoch, bag.id);
  const highTiles = allTiles(bag, high).map((tile) => ({ ...tile, scale: 'high' as const }));
  if (low === undefined || lowShare === 0 || count === undefined) {
    return pick(highTiles, sampleInstances({ tileCount: highTiles.length, count }, random));
  }
  const lowTiles = allTiles(bag, low).map((tile) => ({ ...tile, scale: 'low' as const }));
  const tileCounts = { low: lowTiles.length, high: highTiles.length };
  const drawn = sampleScales({ tileCounts, count, share: { low: lowShare } }, random);
  return [...pick(lowTiles, drawn.low), ...pick(highTiles, drawn.high)];
}

/** Cells of drawn tiles, each in the grid of its own scale. */
function cellsOfTiles(tiles: readonly ScaledTile[], high: TileScaleSource, low: TileScaleSource | undefined): Float32Array | undefined {
  const known = new Map<string, Float32Array | undefined>();
  const cells = new Float32Array(2 * tiles.length);
  for (const [at, { slide, scale, index }] of tiles.entries()) {
    const key = `${scale}/${slide}`;
    if (!known.has(key)) known.set(key, (scale === 'high' ? high : (low as TileScaleSource)).positions(slide));
    const ofSlide = known.get(key);
    if (ofSlide === undefined) return undefined;
    cells.set(ofSlide.subarray(2 * index, 2 * index + 2), 2 * at);
  }
  return cells;
}

/** Bags of a batch are stacked, so shorter ones are filled with repeats of their own tiles. */
function toEqualLength(drawn: ScaledTile[][], seed: number, epoch: number): ScaledTile[][] {
  const longest = Math.max(...drawn.map((tiles) => tiles.length));
  return drawn.map((tiles, at) => {
    if (tiles.length === longest) return tiles;
    const random = randomStream(seed, 'epoch', epoch, 'fill', tiles[0]?.slide ?? '', at);
    return [...tiles, ...Array.from({ length: longest - tiles.length }, () => tiles[random.integer(tiles.length)] as ScaledTile)];
  });
}

async function readScales(
  tiles: readonly ScaledTile[],
  high: TileScaleSource,
  low: TileScaleSource | undefined,
  signal: AbortSignal,
): Promise<TileImages> {
  if (low === undefined || tiles.every(({ scale }) => scale === 'high')) return high.read(tiles, signal);
  const [fromLow, fromHigh] = await Promise.all([
    low.read(
      tiles.filter(({ scale }) => scale === 'low'),
      signal,
    ),
    high.read(
      tiles.filter(({ scale }) => scale === 'high'),
      signal,
    ),
  ]);
  const size = fromHigh.widthPx * fromHigh.heightPx * 3;
  const data = new Uint8Array(tiles.length * size);
  const next = { low: 0, high: 0 };
  for (const [at, { scale }] of tiles.entries()) {
    const from = scale === 'low' ? fromLow : fromHigh;
    data.set(from.data.subarray(next[scale] * size, (next[scale] + 1) * size), at * size);
    next[scale]++;
  }
  return { data, count: tiles.length, widthPx: fromHigh.widthPx, heightPx: fromHigh.heightPx };
}

function pick<T>(items: readonly T[], indices: Uint32Array): T[] {
  return Array.from(indices, (index) => items[index] as T);
}
