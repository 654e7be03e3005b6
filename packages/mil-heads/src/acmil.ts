import type { RandomStream } from '@slidestream/core';
import { dropout, type ForwardContext, Linear, Module, maskedSoftmax } from '@slidestream/tensors';
import {
  add,
  div,
  expandDims,
  matMul,
  mean,
  oneHot,
  relu,
  reshape,
  type Scalar,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  tensor,
  topk,
  transpose,
} from '@tensorflow/tfjs-core';
import { poolByAttention } from './attention-pooling.js';
import { meanSimilarity } from './attention-similarity.js';
import { batchOfBags } from './batch-of-bags.js';
import { bagCriterion } from './cross-entropy.js';
import { defineHead, tidyOutput } from './define-head.js';
import { type GatedLayers, gatedScores } from './gated-scores.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { optionsSchema } from './options-schema.js';
import { paddingPenalty } from './padding-penalty.js';
import { realInstances } from './real-instances.js';
import { options as describe } from './shared-options.js';
import { withoutGradient } from './without-gradient.js';

/** Options of {@link acmil}. */
export interface AcmilOptions {
  readonly dropout: number;
  readonly innerDim: number;
  readonly branches: number;
  readonly topInstances: number;
  readonly maskRate: number;
}

const ATTENTION_DIM = 128;

class Acmil extends Module implements MilHead {
  readonly spec: HeadSpec = acmil;
  readonly #options: AcmilOptions;
  readonly #sizes: HeadSizes;
  readonly #embedding: Linear;
  readonly #attention: GatedLayers;
  readonly #branchClassifiers: readonly Linear[];
  readonly #classifier: Linear;

  constructor(sizes: HeadSizes, options: AcmilOptions, random: RandomStream) {
    super();
    const { innerDim: width, branches } = options;
    this.#options = options;
    this.#sizes = sizes;
    const linear = (name: string, inputDim: number, outputDim: number, bias = true): Linear =>
      this.child(name, new Linear({ inputDim, outputDim, bias, random: random.fork(name) }));
    this.#embedding = linear('dimreduction.fc1', sizes.inputDim, width, false);
    this.#attention = {
      value: linear('attention.attention_V.0', width, ATTENTION_DIM),
      gate: linear('attention.attention_U.0', width, ATTENTION_DIM),
      score: linear('attention.attention_weights', ATTENTION_DIM, branches),
    };
    // One branch is the bag itself: a classifier of its own would see the same vector.
    const own = branches > 1 ? branches : 0;
    this.#branchClassifiers = Array.from({ length: own }, (_, k) => linear(`classifier.${k}.fc`, width, sizes.classes));
    this.#classifier = linear('Slide_classifier.fc', width, sizes.classes);
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const { features, mask, bags } = batchOfBags('acmil', input, this.#sizes.inputDim);
      const embedded = relu(this.#embedding.forward(features)) as Tensor3D;
      const scores = transpose(gatedScores(this.#attention, embedded, context), [0, 2, 1]) as Tensor3D;
      const challenged = context.training ? this.#challenge(scores, mask, context) : scores;
      const attention = maskedSoftmax(challenged, mask === undefined ? undefined : expandDims(mask, 1)) as Tensor3D;
      const branchVectors = matMul(attention, embedded) as Tensor3D;
      const pooled = poolByAttention(mean(attention, 1), embedded);
      const classify = (classifier: Linear, x: Tensor, name: string): Tensor2D =>
        classifier.forward(dropout(x, this.#options.dropout, context, name)) as Tensor2D;
      const width = this.#options.innerDim;
      const branchLogits = this.#branchClassifiers.map((classifier, k) =>
        classify(classifier, reshape(slice(branchVectors, [0, k, 0], [bags, 1, width]), [bags, width]), `classifier.${k}`),
      );
      return {
        logits: classify(this.#classifier, pooled, 'Slide_classifier'),
        attention,
        embedded,
        pooled,
        auxiliaryLoss: context.training ? auxiliaryLoss(attention, branchLogits, input) : null,
      };
    });
  }

  /**
   * Stochastic top-K instance masking: of each branch's `topInstances` best scores a share of `maskRate`, drawn anew in every step, gets
   * no attention, so that a few instances cannot hold all of it.
   */
  #challenge(scores: Tensor3D, mask: Tensor2D | undefined, { random }: ForwardContext): Tensor {
    const [bags, branches, instances] = scores.shape;
    const { topInstances, maskRate } = this.#options;
    const count = Math.min(topInstances, instances);
    const sizes = mask === undefined ? null : realInstances(mask);
    // Which places among the best are drawn is known here; which instances they are stays on the device.
    const drawn = new Float32Array(bags * branches * count);
    for (let row = 0; row < bags * branches; row++) {
      const bag = Math.floor(row / branches);
      const candidates = Math.min(count, sizes?.[bag] ?? instances);
      const order = random.fork('acmil', 'mask', bag, row % branches).permutation(candidates);
      for (const place of order.slice(0, Math.floor(candidates * maskRate))) drawn[row * count + place] = -1e9;
    }
    if (drawn.every((value) => value === 0)) return scores;
    const real = mask === undefined ? scores : add(scores, expandDims(paddingPenalty(mask), 1));
    const penalty = withoutGradient(real, (values) => {
      const best = reshape(topk(values, count).indices, [-1, count]) as unknown as Tensor1D;
      const masked = matMul(tensor(drawn, [bags * branches, 1, count]), oneHot(best, instances, 1, 0, 'float32'));
      return reshape(masked, scores.shape);
    });
    return add(scores, penalty);
  }
}

/** Mean loss of the branches' own predictions, plus how alike their attention is; `null` with one branch, which has nothing to differ from. */
function auxiliaryLoss(attention: Tensor3D, branchLogits: readonly Tensor2D[], input: HeadInput): Scalar | null {
  if (branchLogits.length === 0) return null;
  const alike = meanSimilarity(attention);
  const criterion = bagCriterion(input);
  if (criterion === undefined) return alike;
  const total = branchLogits.map(criterion).reduce((so, each) => add(so, each));
  return add(alike, div(total, branchLogits.length)) as Scalar;
}

const defaults: AcmilOptions = { dropout: 0, innerDim: 512, branches: 5, topInstances: 10, maskRate: 0.6 };

/**
 * ACMIL: several gated attention branches that must differ and each predict, and random masking of the best-scored instances in
 * training. The bag's vector is pooled by the branches' mean attention. Loss of the branches and their similarity are the
 * auxiliary loss.
 *
 * @see Zhang et al. 2024, Attention-Challenging Multiple Instance Learning for Whole Slide Image Classification, sec. 3.2 and 3.3
 */
export const acmil: HeadSpec<AcmilOptions> = defineHead({
  name: 'acmil',
  summary: 'Several attention branches that are kept apart, and masking of the most attended instances',
  paper: 'Zhang et al. 2024, Attention-Challenging Multiple Instance Learning for Whole Slide Image Classification, arXiv 2311.07125',
  tasks: ['classification', 'survival'],
  lossWeights: { main: 1, auxiliary: 1 },
  permutationInvariant: true,
  defaults,
  schema: optionsSchema<AcmilOptions>({
    dropout: { ...describe.dropout(0), description: 'Drop rate in front of the classifiers in training' },
    innerDim: describe.innerDim,
    branches: { type: 'integer', minimum: 1, default: 5, description: 'Attention branches' },
    topInstances: {
      type: 'integer',
      minimum: 0,
      default: 10,
      description: 'Best-scored instances of a branch that may be masked; 0 = none',
    },
    maskRate: {
      type: 'number',
      minimum: 0,
      exclusiveMaximum: 1,
      default: 0.6,
      description: 'Share of them that is masked in a training step',
    },
  }),
  build: ({ sizes, options, random }) => new Acmil(sizes, { ...defaults, ...options }, random),
});
