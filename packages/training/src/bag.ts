import type { TileImages } from '@slidestream/augment';

/** A training step's input: B bags of M instances each, as plain data. Exactly one of `tiles` and `features` is there. */
export interface TrainBatch<Target = unknown> {
  /** Slide or case of each bag, [B]: named when something goes wrong. */
  readonly ids: readonly string[];
  /** [B]. */
  readonly targets: readonly Target[];
  /** Tiles of all bags, bag after bag, T = B·M. */
  readonly tiles?: TileImages | undefined;
  /** Name of each tile, [B·M], from which its augmentation is drawn: `slide/scale/index`. Needed with augmentation. */
  readonly tileKeys?: readonly string[] | undefined;
  /** Instance features. */
  readonly features?: FeatureBags | undefined;
  /** Cell of each instance in its slide's grid, column and row, [B, M, 2]; absent = not known, and heads that need it refuse. */
  readonly positions?: Float32Array | undefined;
}

/** Feature bags of equal length, padded where `mask` says so. */
export interface FeatureBags {
  /** float32 [B, N, D], row-major. */
  readonly data: Float32Array;
  readonly bags: number;
  readonly instances: number;
  readonly width: number;
  /** 1 = real, 0 = padding, [B, N]; absent = all real. */
  readonly mask?: Float32Array | undefined;
}

/** A whole bag to be evaluated, as plain data: tiles in portions that are pulled as they are needed, or features. */
export interface EvaluationBag<Target = unknown> {
  readonly id: string;
  readonly target: Target;
  readonly tiles?: AsyncIterable<TileImages> | Iterable<TileImages> | undefined;
  /** float32 [N, D]. */
  readonly features?: { readonly data: Float32Array; readonly instances: number; readonly width: number } | undefined;
  /** As in {@link TrainBatch}, [N, 2]. */
  readonly positions?: Float32Array | undefined;
}
