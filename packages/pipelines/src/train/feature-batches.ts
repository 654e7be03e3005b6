import { SlidestreamError } from '@slidestream/core';
import { batchOrder, instanceStream, sampleInstances } from '@slidestream/sampling';
import type { BagSource, BatchSource, EvaluationBag, FeatureBags } from '@slidestream/training';
import { joinCells } from './grid-cells.js';
import type { LabelledBag } from './labelled-bag.js';
import type { FeatureScale } from './standardise.js';

/** The features of one slide as plain data. */
export interface SlideFeatures {
  /** float32 [N, D]. */
  readonly data: Float32Array;
  readonly instances: number;
  readonly width: number;
  /** Cell of each instance in its slide's grid, [N, 2], where the file has coordinates. */
  readonly positions?: Float32Array | undefined;
}

/** Where features come from, by slide. */
export interface FeatureSource {
  /** D. */
  readonly width: number;
  /** How the features were standardised, where they were. */
  readonly scale?: FeatureScale | undefined;
  has(slide: string): boolean;
  read(slide: string): Promise<SlideFeatures>;
}

/** Which instances a training step sees. */
export interface FeatureBatchOptions<Target> {
  readonly bags: readonly LabelledBag<Target>[];
  readonly source: FeatureSource;
  /** Instances a bag; default: all. */
  readonly count?: number | undefined;
  readonly batchSize: number;
  readonly seed: number;
}

/** Training batches of features; shorter bags are padded with zero rows that a mask leaves out. */
export function featureBatches<Target>(
  options: FeatureBatchOptions<Target>,
): BatchSource<{ epoch: number; bags: readonly number[] }, Target> {
  const { bags, source, count, batchSize, seed } = options;
  return {
    plan: (epoch) => batchOrder({ seed, epoch, count: bags.length, batchSize }).map((order) => ({ epoch, bags: Array.from(order) })),
    load: async ({ epoch, bags: indices }) => {
      const chosen = indices.map((index) => bags[index] as LabelledBag<Target>);
      const drawn = await Promise.all(
        chosen.map(async (bag) => {
          const whole = await bagFeatures(bag, source);
          if (count === undefined) return whole;
          const rows = sampleInstances({ tileCount: whole.instances, count }, instanceStream(seed, epoch, bag.id));
          return takeRows(whole, rows);
        }),
      );
      return { ids: chosen.map(({ id }) => id), targets: chosen.map(({ target }) => target), ...stack(drawn, source.width) };
    },
  };
}

/** Whole feature bags for evaluation, one at a time. */
export function featureBags<Target>(bags: readonly LabelledBag<Target>[], source: FeatureSource): BagSource<Target> {
  return async function* () {
    for (const bag of bags) {
      const { positions, ...features } = await bagFeatures(bag, source);
      const evaluation: EvaluationBag<Target> = { id: bag.id, target: bag.target, features, positions };
      yield evaluation;
    }
  };
}

async function bagFeatures(bag: LabelledBag, source: FeatureSource): Promise<SlideFeatures> {
  const parts = await Promise.all(bag.slides.map((slide) => source.read(slide)));
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return checked(first, source, bag.id);
  const instances = parts.reduce((sum, part) => sum + part.instances, 0);
  const data = new Float32Array(instances * source.width);
  let at = 0;
  for (const part of parts) {
    data.set(checked(part, source, bag.id).data, at);
    at += part.data.length;
  }
  return { data, instances, width: source.width, positions: joinCells(parts.map(({ positions }) => positions)) };
}

function checked(features: SlideFeatures, source: FeatureSource, slide: string): SlideFeatures {
  if (features.width === source.width) return features;
  throw new SlidestreamError({
    code: 'pipelines/feature-width',
    category: 'data',
    message: `features are ${features.width} wide, those of the first slide ${source.width}`,
    where: { slide },
    hint: 'Make all features with the same encoder',
  });
}

function takeRows({ data, width, positions }: SlideFeatures, rows: Uint32Array): SlideFeatures {
  const chosen = (from: Float32Array, size: number): Float32Array => {
    const out = new Float32Array(rows.length * size);
    for (const [at, row] of rows.entries()) out.set(from.subarray(row * size, (row + 1) * size), at * size);
    return out;
  };
  return {
    data: chosen(data, width),
    instances: rows.length,
    width,
    positions: positions === undefined ? undefined : chosen(positions, 2),
  };
}

function stack(
  parts: readonly SlideFeatures[],
  width: number,
): { readonly features: FeatureBags; readonly positions: Float32Array | undefined } {
  const instances = Math.max(...parts.map((part) => part.instances));
  const data = new Float32Array(parts.length * instances * width);
  const padded = parts.some((part) => part.instances < instances);
  const mask = padded ? new Float32Array(parts.length * instances) : undefined;
  for (const [bag, part] of parts.entries()) {
    data.set(part.data, bag * instances * width);
    mask?.fill(1, bag * instances, bag * instances + part.instances);
  }
  const cells = parts.map(({ positions }) => {
    const padded = positions === undefined ? undefined : new Float32Array(2 * instances);
    padded?.set(positions as Float32Array);
    return padded;
  });
  return { features: { data, bags: parts.length, instances, width, mask }, positions: joinCells(cells) };
}
