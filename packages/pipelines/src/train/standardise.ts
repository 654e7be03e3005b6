import { SlidestreamError } from '@slidestream/core';
import type { FeatureSource, SlideFeatures } from './feature-batches.js';

/** How features were brought to mean 0 and deviation 1: what a model trained on them needs to see others. */
export interface FeatureScale {
  /** [D]. */
  readonly mean: readonly number[];
  /** [D], above 0. */
  readonly deviation: readonly number[];
}

/**
 * Features as z-scores by mean and deviation over all instances of `training`, and of these bags alone. A column that does not vary there
 * has nothing to tell: it becomes 0 instead of a division by zero or a huge number in a test bag.
 *
 * @throws SlidestreamError `pipelines/empty-split` without training bags
 */
export async function standardised(
  source: FeatureSource,
  training: readonly string[],
): Promise<FeatureSource & { readonly scale: FeatureScale }> {
  const sums = new Float64Array(source.width);
  const bags = await Promise.all(training.map((bag) => source.read(bag)));
  const count = bags.reduce((sum, { instances }) => sum + instances, 0);
  if (count === 0) {
    throw new SlidestreamError({ code: 'pipelines/empty-split', category: 'data', message: 'no training bags to take the scale from' });
  }
  eachValue(bags, (value, column) => {
    sums[column] = (sums[column] as number) + value;
  });
  const mean = Array.from(sums, (sum) => sum / count);
  const squares = new Float64Array(source.width);
  eachValue(bags, (value, column) => {
    squares[column] = (squares[column] as number) + (value - (mean[column] as number)) ** 2;
  });
  const deviation = Array.from(squares, (square) => Math.sqrt(square / count));
  const varies = deviation.map((value, column) => value > 1e-6 * Math.max(1, Math.abs(mean[column] as number)));
  const scale: FeatureScale = { mean, deviation: deviation.map((value, column) => (varies[column] === true ? value : 1)) };
  const done = new Map<string, SlideFeatures>();
  return {
    width: source.width,
    scale,
    has: (bag) => source.has(bag),
    read: async (bag) => {
      const known = done.get(bag);
      if (known !== undefined) return known;
      const features = await source.read(bag);
      const data = features.data.map((value, i) => {
        const column = i % features.width;
        return varies[column] === true ? (value - (mean[column] as number)) / (scale.deviation[column] as number) : 0;
      });
      const made = { ...features, data };
      done.set(bag, made);
      return made;
    },
  };
}

function eachValue(bags: readonly SlideFeatures[], visit: (value: number, column: number) => void): void {
  for (const { data, width } of bags) for (let i = 0; i < data.length; i++) visit(data[i] as number, i % width);
}
