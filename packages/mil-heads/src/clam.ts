import type { RandomStream } from '@slidestream/core';
import { activate, dropout, type ForwardContext, Linear, Module, maskedSoftmax } from '@slidestream/tensors';
import {
  concat,
  expandDims,
  matMul,
  reshape,
  slice,
  squeeze,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tanh,
  transpose,
} from '@tensorflow/tfjs-core';
import { batchOfBags } from './batch-of-bags.js';
import type { ClamOptions } from './clam-options.js';
import { tidyOutput } from './define-head.js';
import { type GatedLayers, gatedScores } from './gated-scores.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { InstanceClustering } from './instance-clustering.js';

/** What tells CLAM-SB from CLAM-MB. */
export interface ClamKind {
  readonly spec: HeadSpec;
  /** One attention branch for all classes, or one a class. */
  readonly branches: 'one' | 'per-class';
}

/** Both forms of CLAM: gated attention and, in training, clustering of the most and least attended instances. */
export class Clam extends Module implements MilHead {
  readonly spec: HeadSpec;
  readonly #options: ClamOptions;
  readonly #sizes: HeadSizes;
  readonly #embedding: Linear;
  readonly #gate: GatedLayers | null;
  readonly #plain: readonly [Linear, Linear] | null;
  readonly #classifiers: readonly Linear[];
  readonly #clustering: InstanceClustering;

  constructor({ spec, branches }: ClamKind, sizes: HeadSizes, options: ClamOptions, random: RandomStream) {
    super();
    const { innerDim: width, bias } = options;
    const outputs = branches === 'one' ? 1 : sizes.classes;
    const hidden = options.attention === 'big' ? 384 : 256;
    this.spec = spec;
    this.#options = options;
    this.#sizes = sizes;
    const linear = (name: string, inputDim: number, outputDim: number, withBias = true): Linear =>
      this.child(name, new Linear({ inputDim, outputDim, bias: withBias, random: random.fork(name) }));
    this.#embedding = linear('attention_net.0', sizes.inputDim, width, bias);
    // A dropout layer counts in PyTorch's numbering.
    const after = options.dropout > 0 ? 3 : 2;
    const net = (name: string): string => `attention_net.${after}.${name}`;
    this.#gate = !options.gated
      ? null
      : {
          value: linear(net('attention_a.0'), width, hidden),
          gate: linear(net('attention_b.0'), width, hidden),
          score: linear(net('attention_c'), hidden, outputs),
          dropout: options.dropout > 0 ? 0.25 : 0,
        };
    this.#plain = options.gated ? null : [linear(net('module.0'), width, hidden), linear(net(`module.${after}`), hidden, outputs)];
    this.#classifiers =
      branches === 'one'
        ? [linear('classifiers', width, sizes.classes, bias)]
        : Array.from({ length: sizes.classes }, (_, c) => linear(`classifiers.${c}`, width, 1, bias));
    const clustering = { width, classes: sizes.classes, instances: options.instances, subtyping: options.subtyping };
    this.#clustering = new InstanceClustering({ ...clustering, random: random.fork('instances') });
  }

  /** The clustering's parameters lie beside the head's own. */
  override named(prefix = ''): ReturnType<Module['named']> {
    return new Map([...super.named(prefix), ...this.#clustering.named(prefix)]);
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const { features, mask } = batchOfBags(this.spec.name, input, this.#sizes.inputDim);
      const hidden = activate(this.#options.activation, this.#embedding.forward(features));
      const embedded = dropout(hidden, this.#options.dropout, context, 'attention_net') as Tensor3D;
      const scores = transpose(this.#scores(embedded, context), [0, 2, 1]);
      const attention = maskedSoftmax(scores, mask === undefined ? undefined : expandDims(mask, 1));
      const bags = matMul(attention, embedded) as Tensor3D;
      const labels = context.training ? input.labels : undefined;
      const auxiliaryLoss = labels === undefined ? null : this.#clustering.loss({ embedded, scores, mask, labels });
      const single = this.#classifiers.length === 1 && attention.shape[1] === 1;
      return {
        logits: this.#classify(bags),
        attention: single ? squeeze(attention, [1]) : attention,
        embedded,
        pooled: single ? (squeeze(bags, [1]) as Tensor2D) : null,
        auxiliaryLoss,
      };
    });
  }

  #scores(embedded: Tensor, context: ForwardContext): Tensor {
    if (this.#gate !== null) return gatedScores(this.#gate, embedded, context);
    const [first, second] = this.#plain as readonly [Linear, Linear];
    const hidden = dropout(tanh(first.forward(embedded)), this.#options.dropout > 0 ? 0.25 : 0, context, 'attention');
    return second.forward(hidden);
  }

  /** Bag vectors [B, branches, E] → logits [B, C]. */
  #classify(bags: Tensor3D): Tensor2D {
    const [count, , width] = bags.shape;
    const branch = (c: number): Tensor => reshape(slice(bags, [0, c, 0], [count, 1, width]), [count, width]);
    return concat(
      this.#classifiers.map((classifier, c) => classifier.forward(branch(c)) as Tensor2D),
      1,
    );
  }
}
