import { randomStream, SlidestreamError } from '@slidestream/core';
import type { SlideFile, SlideInfo } from '@slidestream/slides';
import { bestLevelForDownsample, readThumbnail, type Thumbnail } from '@slidestream/tiling';
import { type BagResult, evaluateBag } from '@slidestream/training';
import * as tf from '@tensorflow/tfjs-core';
import { openWithMpp } from '../open-with-mpp.js';
import { slideTiles } from '../slide-tiles.js';
import { tilesOfSlide } from '../tiling-settings.js';
import { gridCells } from '../train/grid-cells.js';
import { tileInputOf } from '../train/training-settings.js';
import type { LoadedRun } from './load-run.js';

/** Downsample of the picture under a heatmap: tissue can be told apart, a whole slide fits a screen. */
const THUMBNAIL_DOWNSAMPLE = 16;
/** Instances that go through the head at a time when each is judged by itself. */
const INSTANCES_PER_CHUNK = 512;

/** What a run's model sees on one slide. */
export interface SlideAttention {
  readonly info: SlideInfo;
  readonly thumbnail: Thumbnail;
  readonly result: BagResult;
  /** Level-0 top-left corners, flat [x0, y0, …]. */
  readonly coords: Int32Array;
  readonly sizeLevel0Px: number;
  /** Attention of each tile, mean over heads, [N]; `null` for heads without. */
  readonly attention: Float64Array | null;
  /** Class probabilities of each tile as a bag of its own, float32 [N, C]; `null` in survival. */
  readonly tileProbabilities: Float32Array | null;
  /** The picture of a tile. */
  readTile(index: number): Promise<{ readonly width: number; readonly height: number; readonly data: Uint8Array }>;
  close(): Promise<void>;
}

/**
 * Tiles a slide as the run tiled its own and looks at every tile with the run's model, in bounded memory. The caller closes it.
 *
 * @throws SlidestreamError `slide/*`, `tiling/*`, `tiling/no-tissue`
 */
export async function slideAttention(loaded: LoadedRun, file: SlideFile, mpp?: number): Promise<SlideAttention> {
  const { config, tileModel } = loaded;
  const slide = await openWithMpp(file.path, { mppIfUnknown: mpp ?? config.data.mpp });
  try {
    const { grid } = await tilesOfSlide(slide, config);
    if (grid.coords.length === 0) throw noTissue(file);
    const { tilesPerChunk } = config.evaluation;
    const encoder = tileModel.encoder as NonNullable<typeof tileModel.encoder>;
    const input = tileInputOf(config, encoder.spec, grid.tileSizePx);
    const positions = gridCells(grid.coords, grid.sizeLevel0Px);
    const tiles = slideTiles(slide, grid, tilesPerChunk);
    const result = await evaluateBag(
      { id: file.id, target: null, tiles, positions },
      { model: tileModel, input, tilesPerChunk, features: true },
    );
    const thumbnail = await readThumbnail(slide, bestLevelForDownsample(slide.info.levels, THUMBNAIL_DOWNSAMPLE));
    return {
      info: slide.info,
      thumbnail,
      result,
      coords: grid.coords,
      sizeLevel0Px: grid.sizeLevel0Px,
      attention: meanOverHeads(result),
      tileProbabilities: loaded.task.classes === null ? null : await judgeTiles(loaded, result, positions),
      readTile: (index) => {
        const [x, y] = [grid.coords[2 * index] as number, grid.coords[2 * index + 1] as number];
        return slide.readRegion({ level: grid.level, x, y, width: grid.readSizePx, height: grid.readSizePx });
      },
      close: () => slide.close(),
    };
  } catch (error) {
    await slide.close();
    throw error;
  }
}

function meanOverHeads({ attention }: BagResult): Float64Array | null {
  if (attention === null) return null;
  const instances = attention.shape.at(-1) as number;
  const heads = attention.data.length / instances;
  const mean = new Float64Array(instances);
  for (let i = 0; i < attention.data.length; i++)
    mean[i % instances] = (mean[i % instances] as number) + (attention.data[i] as number) / heads;
  return mean;
}

/** Each tile as a bag of one: what class the model would give a slide that held nothing else. */
async function judgeTiles({ tileModel, task }: LoadedRun, { features }: BagResult, positions: Float32Array): Promise<Float32Array> {
  if (features === null) throw new TypeError('features were not kept');
  const [count = 0, width = 0] = features.shape;
  const classes = task.task.outputs;
  const out = new Float32Array(count * classes);
  for (let from = 0; from < count; from += INSTANCES_PER_CHUNK) {
    const size = Math.min(INSTANCES_PER_CHUNK, count - from);
    const probabilities = tf.tidy(() => {
      const bags = tf.tensor3d(features.data.subarray(from * width, (from + size) * width), [size, 1, width]);
      const cells = tf.tensor3d(positions.subarray(2 * from, 2 * (from + size)), [size, 1, 2]);
      const { logits } = tileModel.head.forward({ features: bags, positions: cells }, { training: false, random: randomStream('judge') });
      return tf.softmax(logits);
    });
    out.set(await probabilities.data(), from * classes);
    probabilities.dispose();
  }
  return out;
}

function noTissue(file: SlideFile): SlidestreamError {
  return new SlidestreamError({
    code: 'tiling/no-tissue',
    category: 'data',
    message: 'no tile lies on tissue',
    where: { slide: file.id, file: file.path },
    hint: 'Look at the mask, and choose other segmentation parameters',
  });
}
