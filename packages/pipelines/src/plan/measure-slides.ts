import type { TileImages } from '@slidestream/augment';
import type { RunConfig } from '@slidestream/config';
import { encodeJpeg } from '@slidestream/slides';
import { gridTiles, segmentTissue } from '@slidestream/tiling';
import { openWithMpp } from '../open-with-mpp.js';
import type { RecipeContext } from '../recipe-context.js';
import { slideTiles } from '../slide-tiles.js';
import { scaleRolesOf, tileScaleOf, tilingParametersOf } from '../tiling-settings.js';
import type { SurveyedSlide } from './survey-slides.js';

/** Tiles of each sampled slide and scale that are read and compressed. */
const TILES = 8;

/** What a sample of slides came to. */
export interface SlideMeasure {
  /** Tiles per level-0 pixel of a slide, by scale. */
  readonly density: Readonly<Record<string, number>>;
  /** Bytes of a compressed tile, by scale. */
  readonly tileBytes: Readonly<Record<string, number>>;
  /** Seconds to find the tissue of a slide. */
  readonly tissueSeconds: number;
  /** Seconds of one core to read and compress a tile. */
  readonly packSeconds: number;
  /** Some tiles of the main scale. */
  readonly tiles: readonly TileImages[];
}

/** Finds the tissue of `sample`, lays the grids, and reads and compresses a few tiles of each. */
export async function measureSlides(sample: readonly SurveyedSlide[], config: RunConfig, context: RecipeContext): Promise<SlideMeasure> {
  const parameters = await tilingParametersOf(config);
  const { main } = scaleRolesOf(config);
  const totals = new Map(config.tiling.scales.map(({ name }) => [name, { count: 0, bytes: 0, packed: 0 }]));
  const tiles: TileImages[] = [];
  let [pixels, tissueSeconds, packSeconds] = [0, 0, 0];
  for (const [at, one] of sample.entries()) {
    context.signal.throwIfAborted();
    await using slide = await openWithMpp(one.file.path, { mppIfUnknown: config.data.mpp });
    const started = performance.now();
    const tissue = await segmentTissue(slide, parameters, { signal: context.signal });
    tissueSeconds += (performance.now() - started) / 1000;
    pixels += one.pixels;
    for (const scale of config.tiling.scales) {
      const total = totals.get(scale.name) as { count: number; bytes: number; packed: number };
      const grid = gridTiles(slide, tissue, tileScaleOf(scale));
      const found = grid.coords.length / 2;
      total.count += found;
      // Neighbours, as packing reads them: most of a slide's file tiles are then decoded once.
      const start = Math.max(0, Math.floor(found / 2) - TILES / 2);
      const coords = grid.coords.slice(2 * start, 2 * (start + TILES));
      const began = performance.now();
      for await (const images of slideTiles(slide, { ...grid, coords }, TILES)) {
        const size = images.widthPx * images.heightPx * 3;
        for (let i = 0; i < images.count; i++) {
          const data = images.data.subarray(i * size, (i + 1) * size);
          total.bytes += (
            await encodeJpeg({ width: images.widthPx, height: images.heightPx, data }, { quality: config.store.quality })
          ).length;
          total.packed++;
        }
        if (scale.name === main) tiles.push(images);
      }
      packSeconds += (performance.now() - began) / 1000;
    }
    context.onProgress({ unit: 'sampled slides', done: at + 1, total: sample.length, current: one.file.id });
  }
  const packed = [...totals.values()].reduce((sum, total) => sum + total.packed, 0);
  const byScale = (figure: (total: { count: number; bytes: number; packed: number }) => number): Record<string, number> =>
    Object.fromEntries([...totals].map(([name, total]) => [name, figure(total)]));
  return {
    density: byScale(({ count }) => count / Math.max(1, pixels)),
    tileBytes: byScale(({ bytes, packed }) => bytes / Math.max(1, packed)),
    tissueSeconds: tissueSeconds / Math.max(1, sample.length),
    packSeconds: packSeconds / Math.max(1, packed),
    tiles,
  };
}
