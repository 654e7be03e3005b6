import type { RandomStream } from '@slidestream/core';
import { dropout, type ForwardContext, Linear, Module, maskedSoftmax } from '@slidestream/tensors';
import {
  add,
  expandDims,
  matMul,
  mul,
  relu,
  reshape,
  type Scalar,
  slice,
  squeeze,
  type Tensor,
  type Tensor2D,
  type Tensor3D,
  tensor,
} from '@tensorflow/tfjs-core';
import { poolByAttention } from './attention-pooling.js';
import { batchOfBags } from './batch-of-bags.js';
import { bagCriterion } from './cross-entropy.js';
import { defineHead, tidyOutput } from './define-head.js';
import { type GatedLayers, gatedScores } from './gated-scores.js';
import type { HeadInput, HeadOutput, HeadSizes, HeadSpec, MilHead } from './head.js';
import { optionsSchema } from './options-schema.js';
import { splitIntoPseudoBags } from './pseudo-bags.js';
import { ReferenceReader } from './reference-options.js';
import { options as describe } from './shared-options.js';

/** Options of {@link dtfd}. */
export interface DtfdOptions {
  readonly dropout: number;
  readonly innerDim: number;
  readonly groups: number;
  readonly compat: 'none' | 'reference';
}

/** What the two tiers of {@link dtfd} see. */
export interface DtfdTiers {
  /** Scores of instances before the softmax, float32 [B, N]. */
  readonly scores: Tensor2D;
  /** Vectors of the pseudo-bags ("AFS"), float32 [B, G, E]. */
  readonly groupFeatures: Tensor3D;
  /** Tier 1, float32 [B, G, C]. */
  readonly groupLogits: Tensor3D;
  /** Tier 2's attention over pseudo-bags, float32 [B, G]. */
  readonly groupAttention: Tensor2D;
  /** Attention within each pseudo-bag, float32 [B, G, N]. */
  readonly within: Tensor3D;
  readonly embedded: Tensor3D;
}

const ATTENTION_DIM = 128;

class Dtfd extends Module implements MilHead {
  readonly spec: HeadSpec = dtfd;
  readonly #options: DtfdOptions;
  readonly #sizes: HeadSizes;
  readonly #embedding: Linear;
  readonly #tierOne: GatedLayers;
  readonly #tierOneClassifier: Linear;
  readonly #tierTwo: GatedLayers;
  readonly #tierTwoClassifier: Linear;

  constructor(sizes: HeadSizes, options: DtfdOptions, random: RandomStream) {
    super();
    const width = options.innerDim;
    this.#options = options;
    this.#sizes = sizes;
    const linear = (name: string, inputDim: number, outputDim: number, bias = true): Linear =>
      this.child(name, new Linear({ inputDim, outputDim, bias, random: random.fork(name) }));
    const attention = (prefix: string): GatedLayers => ({
      value: linear(`${prefix}attention.attention_V.0`, width, ATTENTION_DIM),
      gate: linear(`${prefix}attention.attention_U.0`, width, ATTENTION_DIM),
      score: linear(`${prefix}attention.attention_weights`, ATTENTION_DIM, 1),
    });
    this.#tierOneClassifier = linear('classifier.fc', width, sizes.classes);
    this.#tierOne = attention('');
    this.#embedding = linear('dimReduction.fc1', sizes.inputDim, width, false);
    this.#tierTwo = attention('UClassifier.');
    this.#tierTwoClassifier = linear('UClassifier.classifier.fc', width, sizes.classes);
  }

  /** Both tiers with their by-products; {@link forward} is made of it. */
  tiers(input: HeadInput, context: ForwardContext): DtfdTiers {
    const { features, mask, bags, instances } = batchOfBags('dtfd', input, this.#sizes.inputDim);
    const { groups, compat } = this.#options;
    const embedded = dropout(relu(this.#embedding.forward(features)), this.#options.dropout, context, 'dimReduction') as Tensor3D;
    const scores = squeeze(gatedScores(this.#tierOne, embedded, context), [2]) as Tensor2D;
    const exact = compat === 'reference';
    const split = splitIntoPseudoBags({
      bags,
      instances,
      groups,
      mask: mask?.dataSync(),
      random: context.training && !exact ? context.random.fork('dtfd', 'groups') : undefined,
      short: exact ? 'empty' : 'repeat',
    });
    const members = tensor(split.members, [bags, groups, instances]);
    const within = mul(maskedSoftmax(expandDims(scores, 1), members), members) as Tensor3D;
    const groupFeatures = matMul(within, embedded) as Tensor3D;
    const dropped = dropout(groupFeatures, this.#options.dropout, context, 'classifier');
    const groupLogits = this.#tierOneClassifier.forward(dropped) as Tensor3D;
    const groupScores = squeeze(gatedScores(this.#tierTwo, groupFeatures, context), [2]);
    const groupAttention = maskedSoftmax(groupScores, tensor(split.own, [bags, groups])) as Tensor2D;
    return { scores, groupFeatures, groupLogits, groupAttention, within, embedded };
  }

  forward(input: HeadInput, context: ForwardContext): HeadOutput {
    return tidyOutput(() => {
      const { groupFeatures, groupLogits, groupAttention, within, embedded } = this.tiers(input, context);
      const pooled = poolByAttention(groupAttention, groupFeatures);
      return {
        logits: this.#tierTwoClassifier.forward(pooled) as Tensor2D,
        attention: poolByAttention(groupAttention, within),
        embedded,
        pooled,
        auxiliaryLoss: context.training ? tierOneLoss(groupLogits, input) : null,
        auxiliaryLogits: reshape(groupLogits, [-1, this.#sizes.classes]) as Tensor2D,
      };
    });
  }
}

/** Mean over pseudo-bags of the loss with their bag's label. */
function tierOneLoss(groupLogits: Tensor3D, input: HeadInput): Scalar | null {
  const [bags, groups, classes] = groupLogits.shape;
  const loss = bagCriterion(input);
  if (loss === undefined) return null;
  const losses = Array.from(
    { length: groups },
    (_, g): Tensor => loss(squeeze(slice(groupLogits, [0, g, 0], [bags, 1, classes]), [1]) as Tensor2D),
  );
  return mul(
    losses.reduce((sum, each) => add(sum, each)),
    1 / groups,
  ) as Scalar;
}

const defaults: DtfdOptions = { dropout: 0.25, innerDim: 512, groups: 5, compat: 'none' };

/**
 * Double-tier feature distillation: attention pools pseudo-bags, and again over their vectors (AFS). The bag's logits are tier 2's;
 * tier 1's loss over pseudo-bags is the auxiliary loss. Instances are dealt to pseudo-bags anew in each training pass and in
 * their order otherwise.
 *
 * @see Zhang et al. 2022, DTFD-MIL: Double-Tier Feature Distillation Multiple Instance Learning, sec. 3.3
 */
export const dtfd: HeadSpec<DtfdOptions> = defineHead({
  name: 'dtfd',
  summary: 'Attention over pseudo-bags and again over their vectors',
  paper: 'Zhang et al. 2022, DTFD-MIL: Double-Tier Feature Distillation Multiple Instance Learning, arXiv 2203.12081',
  tasks: ['classification', 'survival'],
  lossWeights: { main: 1, auxiliary: 1 },
  defaults,
  schema: optionsSchema<DtfdOptions>({
    dropout: describe.dropout(0.25),
    innerDim: describe.innerDim,
    groups: { type: 'integer', minimum: 1, default: 5, description: 'Pseudo-bags a bag' },
    compat: {
      enum: ['none', 'reference'],
      default: 'none',
      description: 'reference: instances in order in training too, and empty pseudo-bags of short bags count as zero vectors',
    },
  }),
  fromReferenceOptions(given) {
    const reader = new ReferenceReader('dtfd', given, ['inner_dim', 'group', 'distill']);
    reader.choice('distill', ['AFS'], 'AFS');
    return { innerDim: reader.number('inner_dim', 512), groups: reader.number('group', 5), compat: 'reference' };
  },
  build: ({ sizes, options, random }) => new Dtfd(sizes, { ...defaults, ...options }, random),
});

/** Both tiers of a head built from {@link dtfd}; `null` for another head. The caller owns the tensors. */
export function dtfdTiers(head: MilHead, input: HeadInput, context: ForwardContext): DtfdTiers | null {
  return head instanceof Dtfd ? head.tiers(input, context) : null;
}
