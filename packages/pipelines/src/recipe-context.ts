import type { Logger } from '@slidestream/core';

/** How far a recipe is; a terminal turns it into a bar with time left. */
export interface RecipeProgress {
  /** What is being done, `tiles`, `slides`, `steps`. */
  readonly unit: string;
  readonly done: number;
  /** `null` while it is not known. */
  readonly total: number | null;
  /** What is at hand now: a slide id, `fold 0 epoch 3`. */
  readonly current?: string | undefined;
}

/** What every recipe gets beside its options: where to log, whom to tell of progress, when to stop. */
export interface RecipeContext {
  readonly logger: Logger;
  readonly onProgress: (progress: RecipeProgress) => void;
  readonly signal: AbortSignal;
}
