import type { RandomStream } from '@slidestream/core';
import type { ForwardContext, Module } from '@slidestream/tensors';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';

/** A batch of bags. */
export interface HeadInput {
  /** Instance features, float32 [B, N, D]. */
  readonly features: Tensor3D;
  /** 1 = real instance, 0 = padding, float32 [B, N]; absent = all real. */
  readonly mask?: Tensor2D | undefined;
  /** Grid positions (column, row), float32 [B, N, 2], for heads with position encodings. */
  readonly positions?: Tensor3D | undefined;
  /** Class or time-bin index, int32 [B]: only heads with an auxiliary loss look at it, only in training. */
  readonly labels?: Tensor1D | undefined;
  /**
   * The task's loss of logits [B, C] of these bags: heads with instance-level logits take their auxiliary loss with it.
   * Absent: mean cross-entropy with `labels`.
   */
  readonly criterion?: ((logits: Tensor2D) => Scalar) | undefined;
}

/** What a head makes of a batch of bags. The caller owns the tensors. */
export interface HeadOutput {
  /** float32 [B, C]. */
  readonly logits: Tensor2D;
  /**
   * How much each instance counted: [B, N], or [B, H, N] with several heads, branches or classes; non-negative rows that sum to 1 unless
   * the spec says otherwise. Heads without attention say what their pooling did: 1 / N for a mean, the chosen instance for a maximum.
   */
  readonly attention: Tensor;
  /** Embedded instances, float32 [B, N, E], where the head embeds. */
  readonly embedded: Tensor3D | null;
  /** Bag vectors, float32 [B, E], where the head pools. */
  readonly pooled: Tensor2D | null;
  /** Auxiliary loss to be weighted by the task; `null` without one. */
  readonly auxiliaryLoss: Scalar | null;
  /** Logits that the auxiliary loss looks at, float32 [B·k, C], where a head has them. */
  readonly auxiliaryLogits?: Tensor2D | undefined;
}

/** A multiple-instance-learning head. */
export interface MilHead extends Module {
  readonly spec: HeadSpec;
  forward(input: HeadInput, context: ForwardContext): HeadOutput;
}

/** Sizes that the pipeline, not the user, decides. */
export interface HeadSizes {
  /** D, width of the instance features. */
  readonly inputDim: number;
  /** C, classes or time bins. */
  readonly classes: number;
}

/** A JSON Schema (draft-07 subset: type, properties, enum, default, minimum, maximum, description) of a head's options. */
export type OptionsSchema = Readonly<Record<string, unknown>>;

/** Constructor options of the reference implementation, by its names (SPEC §11.0). */
export type ReferenceOptions = Readonly<Record<string, unknown>>;

/** A head as one frozen value; a third party writes the same file in a package of its own. */
export interface HeadSpec<Options extends object = object> {
  readonly name: string;
  readonly summary: string;
  readonly paper: string;
  readonly tasks: readonly ('classification' | 'survival')[];
  /** Every option with its default. */
  readonly defaults: Options;
  readonly schema: OptionsSchema;
  /** Other names that mean this head, such as the reference's `clam_sb`. */
  readonly aliases?: readonly string[] | undefined;
  /** Weights of bag loss and auxiliary loss in the total; absent = 1 and 0. */
  readonly lossWeights?: { readonly main: number; readonly auxiliary: number } | undefined;
  /** Whether the order of instances leaves logits unchanged; absent = no. */
  readonly permutationInvariant?: boolean | undefined;
  /** How time grows with the instances of a bag: `quadratic` heads compare all with all, in chunks of bounded memory; absent = linear. */
  readonly cost?: 'linear' | 'quadratic' | undefined;
  /** Whether grid positions must be given; absent = no. */
  readonly needsPositions?: boolean | undefined;
  /** Whether attention rows are non-negative and sum to 1 over the instances; absent = yes. */
  readonly normalisedAttention?: boolean | undefined;
  /**
   * Translates the reference's constructor options into this head's, defects of the reference included.
   *
   * @param parameterNames - names in the state dict to be loaded, which settle what the options leave open
   * @throws SlidestreamError `heads/unknown-option` for an option that the reference's head does not have
   */
  fromReferenceOptions?(options: ReferenceOptions, parameterNames?: ReadonlySet<string>): Partial<Options>;
  build(options: { readonly sizes: HeadSizes; readonly options?: Partial<Options> | undefined; readonly random: RandomStream }): MilHead;
}
