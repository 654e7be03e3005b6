import type { RandomStream } from '@slidestream/core';
import { Linear, Module } from '@slidestream/tensors';
import {
  add,
  concat,
  mul,
  neg,
  reshape,
  type Scalar,
  slice,
  squeeze,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tidy,
  topk,
} from '@tensorflow/tfjs-core';
import { gatherChosen } from './gather-chosen.js';
import { badInput } from './head-errors.js';
import { realInstances } from './real-instances.js';
import { smoothTop1Svm } from './smooth-top1-svm.js';

/** Options of {@link InstanceClustering}. */
export interface ClusteringOptions {
  readonly width: number;
  readonly classes: number;
  /** Instances taken from each end of the attention. */
  readonly instances: number;
  /** Classes exclude each other: the most attended instances of the other classes are negatives. */
  readonly subtyping: boolean;
  readonly random: RandomStream;
}

/** From which instances of a bag a classifier's examples are taken. */
interface Candidates {
  readonly attention: Tensor1D;
  readonly real: Tensor1D | undefined;
  /** From each end. */
  readonly k: number;
  /** Whether the classifier is that of the bag's class. */
  readonly own: boolean;
}

/** What is clustered. */
export interface ClusteringInput {
  /** Embedded instances, float32 [B, N, E]. */
  readonly embedded: Tensor;
  /** Attention scores before the softmax, float32 [B, 1 or C, N]. */
  readonly scores: Tensor;
  readonly mask: Tensor2D | undefined;
  readonly labels: Tensor1D;
}

/** CLAM's instance-level classifiers: the most attended instances of a class against the least attended ones. */
export class InstanceClustering extends Module {
  readonly #options: ClusteringOptions;
  readonly #classifiers: readonly Linear[];

  constructor(options: ClusteringOptions) {
    super();
    const { classes, width, random } = options;
    this.#options = options;
    this.#classifiers = Array.from({ length: classes }, (_, c) =>
      this.child(`instance_classifiers.${c}`, new Linear({ inputDim: width, outputDim: 2, random: random.fork(c) })),
    );
    this.buffer('instance_loss_fn.labels', tensor1d([0, 1], 'int32'), { dtype: 'int64' });
  }

  /** Sum over bags and classes of the smooth SVM of each; divided by C when subtyping. */
  loss({ embedded, scores, mask, labels }: ClusteringInput): Scalar {
    return tidy(() => {
      const { classes, subtyping } = this.#options;
      const losses: Tensor[] = [];
      const realCounts = mask === undefined ? undefined : realInstances(mask);
      // Labels and mask come from this side: their values are here on every engine.
      for (const [bag, label] of labels.dataSync().entries()) {
        if (!(label >= 0 && label < classes)) throw badInput('clam', `label ${label} is none of ${classes} classes`);
        const [, count, width] = embedded.shape as [number, number, number];
        const instances = squeeze(slice(embedded, [bag, 0, 0], [1, count, width]), [0]);
        const real = mask === undefined ? undefined : (reshape(slice(mask, [bag, 0], [1, count]), [count]) as Tensor1D);
        const k = Math.min(this.#options.instances, realCounts?.[bag] ?? count);
        for (const [c, classifier] of this.#classifiers.entries()) {
          if (c !== label && !subtyping) continue;
          const row = Math.min(c, (scores.shape[1] as number) - 1);
          const attention = reshape(slice(scores, [bag, row, 0], [1, 1, count]), [count]) as Tensor1D;
          losses.push(this.#classLoss(classifier, instances, { attention, real, k, own: c === label }));
        }
      }
      const total = losses.reduce((all, loss) => add(all, loss));
      return (subtyping ? mul(total, 1 / classes) : total) as Scalar;
    });
  }

  #classLoss(classifier: Linear, instances: Tensor, { attention, real, k, own }: Candidates): Scalar {
    const away = real === undefined ? 0 : mul(sub(real, 1), 1e9);
    const picked = gatherChosen(instances, attention, (scores) => {
      const top = topk(add(scores, away), k).indices;
      return own ? concat([top, topk(add(neg(scores), away), k).indices]) : top;
    });
    const targets = Array.from({ length: picked.shape[0] as number }, (_, i) => (own && i < k ? 1 : 0));
    return smoothTop1Svm(classifier.forward(picked) as Tensor2D, targets);
  }
}
