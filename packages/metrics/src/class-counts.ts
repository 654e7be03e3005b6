import type { Numbers } from './check.js';
import { confusionMatrix } from './confusion-matrix.js';

/** True positives, false positives and false negatives of one class. */
export interface ClassCounts {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

/** {@link ClassCounts} of every class, by index. */
export function classCounts(labels: Numbers, predictions: Numbers): ClassCounts[] {
  const { classCount: size, counts } = confusionMatrix(labels, predictions);
  return Array.from({ length: size }, (_, k) => {
    let row = 0;
    let column = 0;
    for (let j = 0; j < size; j++) {
      row += counts[k * size + j] as number;
      column += counts[j * size + k] as number;
    }
    const truePositives = counts[k * size + k] as number;
    return { truePositives, falsePositives: column - truePositives, falseNegatives: row - truePositives };
  });
}

/** How a per-class figure becomes one number. */
export interface AverageOptions {
  /**
   * `macro` (default): plain mean over the classes that occur among labels or predictions; `weighted`: weighted by how often
   * a class occurs among the labels; a class index: the figure of this class alone.
   */
  readonly average?: 'macro' | 'weighted' | number | undefined;
}

/** Applies {@link AverageOptions} to a figure of {@link ClassCounts}; 0/0 counts 0; NaN without cases. */
export function averageOverClasses(
  labels: Numbers,
  predictions: Numbers,
  figure: (counts: ClassCounts) => number,
  options: AverageOptions,
): number {
  const all = classCounts(labels, predictions);
  const average = options.average ?? 'macro';
  if (typeof average === 'number') return labels.length === 0 ? Number.NaN : figure(all[average] ?? NONE);
  let sum = 0;
  let weights = 0;
  for (const counts of all) {
    const { truePositives, falsePositives, falseNegatives } = counts;
    const occurs = truePositives + falsePositives + falseNegatives > 0;
    const weight = average === 'weighted' ? truePositives + falseNegatives : Number(occurs);
    sum += weight * figure(counts);
    weights += weight;
  }
  return sum / weights;
}

const NONE: ClassCounts = { truePositives: 0, falsePositives: 0, falseNegatives: 0 };
