import { SlidestreamError } from '@slidestream/core';
import { classificationMetrics, softmaxRows } from '@slidestream/metrics';
import type { Scored, Task } from '@slidestream/training';
import type * as tf from '@tensorflow/tfjs-core';
import { binaryCrossEntropy, binaryTargets } from './binary-cross-entropy.js';
import { crossEntropy } from './cross-entropy.js';

/** What is to be learnt of a slide. */
export interface ClassTarget {
  /** Index into the task's classes. */
  readonly label: number;
}

/** What the model says of a slide. */
export interface ClassPrediction {
  /** Most probable class. */
  readonly label: number;
  readonly className: string;
  /** [classes], sums to 1. */
  readonly probabilities: readonly number[];
}

/** Options of {@link classification}. */
export interface ClassificationOptions {
  /** Names of the classes, in the order of the logits. */
  readonly classes: readonly string[];
  /** `ce` cross-entropy; `bce` binary cross-entropy of each class against the rest. Default `ce`. */
  readonly loss?: 'ce' | 'bce' | undefined;
  readonly classWeights?: readonly number[] | undefined;
  /** Only with `ce`; default 0. */
  readonly labelSmoothing?: number | undefined;
  /** Weights of the bag loss and a head's auxiliary loss; default 1 and 0. */
  readonly lossWeights?: { readonly main: number; readonly auxiliary: number } | undefined;
  /** Metric that chooses the best epoch; default `auc` for two classes, else `balancedAccuracy`, as in the reference. */
  readonly selectionMetric?: string | undefined;
}

/**
 * Slide classification: loss, decision and metrics.
 *
 * @throws SlidestreamError `classification/classes`, when there are fewer than two classes or other than one weight a class
 * @example
 * ```ts
 * const task = classification({ classes: ['normal', 'tumor'] });
 * task.predict(Float32Array.of(0, 2)); // { label: 1, className: 'tumor', probabilities: [0.12, 0.88] }
 * ```
 */
export function classification(options: ClassificationOptions): Task<ClassTarget, ClassPrediction> {
  const { classes, loss = 'ce', classWeights, labelSmoothing, lossWeights = { main: 1, auxiliary: 0 } } = options;
  if (classes.length < 2) throw wrongClasses(`classification needs two classes or more, got ${classes.length}`);
  if (classWeights !== undefined && classWeights.length !== classes.length) {
    throw wrongClasses(`${classWeights.length} class weights for ${classes.length} classes`);
  }
  const count = classes.length;
  const predict = (logits: Float32Array): ClassPrediction => {
    const probabilities = [...(loss === 'ce' ? softmaxRows(logits, count) : normalisedSigmoids(logits))];
    const label = probabilities.indexOf(Math.max(...probabilities));
    return { label, className: classes[label] as string, probabilities };
  };
  return {
    name: 'classification',
    outputs: count,
    lossWeights,
    selectionMetric: options.selectionMetric ?? (count === 2 ? 'auc' : 'balancedAccuracy'),
    labelOf: (target) => target.label,
    loss: (logits, targets) => {
      const labels = targets.map(({ label }) => checkedLabel(label, classes));
      return loss === 'ce' ? crossEntropy(logits, labels, { classWeights, labelSmoothing }) : oneAgainstRest(logits, labels);
    },
    predict,
    metrics: (scored) => metricsOf(scored, predict, count),
  };
}

function oneAgainstRest(logits: tf.Tensor2D, labels: readonly number[]): tf.Scalar {
  return binaryCrossEntropy(logits, binaryTargets(labels, logits.shape[1]));
}

function metricsOf(
  scored: readonly Scored<ClassTarget>[],
  predict: (logits: Float32Array) => ClassPrediction,
  count: number,
): Record<string, number> {
  const labels = scored.map(({ target }) => target.label);
  const probabilities = scored.flatMap(({ logits }) => predict(logits).probabilities);
  return classificationMetrics(labels, Float64Array.from(probabilities), count);
}

function normalisedSigmoids(logits: Float32Array): number[] {
  const values = [...logits].map((logit) => 1 / (1 + Math.exp(-logit)));
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => value / sum);
}

function checkedLabel(label: number, classes: readonly string[]): number {
  if (Number.isInteger(label) && label >= 0 && label < classes.length) return label;
  throw new SlidestreamError({
    code: 'classification/label',
    category: 'data',
    message: `label ${label} is none of the ${classes.length} classes ${classes.join(', ')}`,
    hint: 'Check the label table',
  });
}

function wrongClasses(message: string): SlidestreamError {
  return new SlidestreamError({
    code: 'classification/classes',
    category: 'usage',
    message,
    hint: 'Check the classes of the configuration',
  });
}
