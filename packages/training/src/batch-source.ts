import type { EvaluationBag, TrainBatch } from './bag.js';

/**
 * Where training batches come from: a plan of small descriptors per epoch, and a way to load one. Plans depend on the epoch alone, so a
 * resumed run loads nothing twice and nothing else.
 */
export interface BatchSource<Plan, Target> {
  /** Descriptors of the batches of an epoch, in order: ids, never pixels. */
  plan(epoch: number): readonly Plan[];
  load(plan: Plan, signal: AbortSignal): Promise<TrainBatch<Target>>;
  /** Batches that are loaded while a step runs; default 2. */
  readonly ahead?: number | undefined;
}

/** Where bags to be evaluated come from: opened anew for each evaluation. */
export type BagSource<Target> = () => AsyncIterable<EvaluationBag<Target>> | Iterable<EvaluationBag<Target>>;
