import type { StateDict } from '@slidestream/core';
import type { EarlyStoppingState } from './early-stopping.js';

/** What an epoch gave. */
export interface EpochRecord {
  readonly epoch: number;
  /** Mean over the bags of the epoch. */
  readonly trainLoss: number;
  readonly learningRate: number;
  /** `null` without validation. */
  readonly validation: ValidationRecord | null;
  /** The teacher's; `null` without teacher or validation. */
  readonly teacherValidation: ValidationRecord | null;
}

/** What a validation gave. */
export interface ValidationRecord {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number | null>>;
}

/** The best epoch so far by the selection metric. */
export interface BestRecord {
  readonly epoch: number;
  /** `null` where it was not defined or nothing is validated: then the last epoch is the best. */
  readonly metric: number | null;
}

/** Where a run stands, as plain JSON. */
export interface RunProgress {
  readonly version: 1;
  readonly seed: number;
  /** Hash of the configuration, so that a resume with another one can be refused. */
  readonly configHash: string | null;
  /** Epoch in which the next step lies. */
  readonly epoch: number;
  /** Index in its epoch of the next step; equal to the number of steps when validation is what comes next. */
  readonly step: number;
  /** Steps since the beginning of the run. */
  readonly steps: number;
  /** Updates since the beginning of the run. */
  readonly updates: number;
  /** Sum of losses and number of bags of the epoch at hand. */
  readonly lossSum: number;
  readonly lossBags: number;
  readonly earlyStopping: EarlyStoppingState | null;
  readonly best: BestRecord | null;
  readonly teacherBest: BestRecord | null;
  readonly history: readonly EpochRecord[];
  readonly finished: boolean;
}

/** Everything needed to go on exactly, as plain data. */
export interface Snapshot {
  readonly progress: RunProgress;
  readonly weights: StateDict;
  readonly teacher: StateDict | null;
  /** The trainer's moments, counters and pending gradients. */
  readonly state: StateDict;
}

/** Which weights: the model's or the teacher's. */
export type Weighted = 'model' | 'teacher';

/** Where {@link Snapshot}s and best weights are kept. */
export interface CheckpointStore {
  /** @returns a name for people, a path or a number */
  save(snapshot: Snapshot): Promise<string>;
  saveBest(which: Weighted, weights: StateDict, record: BestRecord): Promise<void>;
  /** `null` when there are none. */
  best(which: Weighted): Promise<StateDict | null>;
}

/** Keeps the newest snapshot and the best weights in memory: for tests and short runs. */
export class MemoryCheckpoints implements CheckpointStore {
  readonly #best = new Map<Weighted, StateDict>();
  #newest: Snapshot | null = null;

  get newest(): Snapshot | null {
    return this.#newest;
  }

  async save(snapshot: Snapshot): Promise<string> {
    this.#newest = snapshot;
    return `step ${snapshot.progress.steps}`;
  }

  async saveBest(which: Weighted, weights: StateDict): Promise<void> {
    this.#best.set(which, weights);
  }

  async best(which: Weighted): Promise<StateDict | null> {
    return this.#best.get(which) ?? null;
  }
}
