import type { DType } from '@slidestream/core';
import type { Variable } from '@tensorflow/tfjs-core';

/**
 * How a tensor lies inside compared with PyTorch's layout at the border: `same`, or `conv2d` = OIHW outside and HWIO
 * inside (a depth-wise [C,1,k,k] is `depthwise` = [k,k,C,1] inside).
 */
export type BorderLayout = 'same' | 'conv2d' | 'depthwise';

/** A named tensor of a module: a parameter that is trained or a buffer that is only kept. */
export interface Parameter {
  readonly kind: 'parameter' | 'buffer';
  readonly variable: Variable;
  readonly layout: BorderLayout;
  /** Type at the border; `int64` counters such as `num_batches_tracked` live as int32 inside. */
  readonly dtype: DType;
  /** Whether the optimiser may change it. */
  trainable: boolean;
}
