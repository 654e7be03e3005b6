import type { RandomStream } from '@slidestream/core';

/** What a forward pass needs to know beside its input. */
export interface ForwardContext {
  /** Dropout on, batch statistics instead of running ones. */
  readonly training: boolean;
  /** Where dropout draws from; forked by each module, so that the same context gives the same masks. */
  readonly random: RandomStream;
  /** Whether running statistics move in training: `false` for the second pass of chunked exact training. Default `true`. */
  readonly updateStatistics?: boolean | undefined;
  /** Whether the gradient by the encoder's input tiles is wanted too (saliency). Default `false`. */
  readonly inputGradient?: boolean | undefined;
}
