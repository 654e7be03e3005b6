import type { BestRecord, EpochRecord, RunProgress, Weighted } from './snapshot.js';

/** A training step happened. */
export interface StepEvent {
  readonly kind: 'step';
  readonly epoch: number;
  /** Index in the epoch. */
  readonly step: number;
  readonly stepsInEpoch: number;
  readonly ids: readonly string[];
  readonly loss: number;
  readonly auxiliaryLoss: number | null;
  readonly learningRate: number;
  /** `null` while gradients accumulate. */
  readonly gradientNorm: number | null;
  /** Instances of the batch. */
  readonly instances: number;
  /** Seconds of waiting for the batch, and of the step itself. */
  readonly loadSeconds: number;
  readonly stepSeconds: number;
}

/** What a run tells on its way, as plain data. */
export type TrainEvent =
  | StepEvent
  | { readonly kind: 'epoch'; readonly record: EpochRecord }
  | { readonly kind: 'best'; readonly which: Weighted; readonly record: BestRecord }
  | { readonly kind: 'checkpoint'; readonly name: string; readonly epoch: number; readonly step: number }
  | { readonly kind: 'done'; readonly reason: 'epochs' | 'early-stopping'; readonly progress: RunProgress };
