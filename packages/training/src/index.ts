/**
 * End-to-end and two-stage training in small pieces: optimisers, schedules, teacher, early stopping, one step, a whole run, evaluation.
 *
 * @packageDocumentation
 */

export type { AdamOptions } from './adam.js';
export { adam, adamW } from './adam.js';
export type { BackwardOptions, BackwardResult } from './backward.js';
export { backward } from './backward.js';
export type { EvaluationBag, FeatureBags, TrainBatch } from './bag.js';
export type { BagSource, BatchSource } from './batch-source.js';
export type { EarlyStoppingOptions, EarlyStoppingState } from './early-stopping.js';
export { EarlyStopping } from './early-stopping.js';
export type { EmaDecayOptions } from './ema.js';
export { Ema, emaDecay } from './ema.js';
export type { BagResult, EvaluateBagOptions, EvaluateOptions, Evaluation, FloatArray } from './evaluate.js';
export { evaluate, evaluateBag } from './evaluate.js';
export type { FitOptions } from './fit.js';
export { fit } from './fit.js';
export type { Gradients } from './gradients.js';
export { addGradients, clipGradients, disposeGradients, globalNorm, scaleGradients } from './gradients.js';
export { metricsWithIntervals } from './intervals.js';
export type { Optimiser, OptimiserSpec, ParameterGroup } from './optimiser.js';
export type { CosineOptions, Schedule, StepOptions } from './schedule.js';
export { constantSchedule, cosineSchedule, stepSchedule } from './schedule.js';
export type { EndToEndOptions } from './slide-model.js';
export { endToEnd, onFeatures, SlideModel } from './slide-model.js';
export type { BestRecord, CheckpointStore, EpochRecord, RunProgress, Snapshot, ValidationRecord, Weighted } from './snapshot.js';
export { MemoryCheckpoints } from './snapshot.js';
export type { Scored, Task } from './task.js';
export type { StepEvent, TrainEvent } from './train-event.js';
export type { TrainStepsOptions } from './train-steps.js';
export { trainSteps } from './train-steps.js';
export type { StepPlace, StepResult, TrainerOptions } from './trainer.js';
export { DEFAULT_TILES_PER_CHUNK, Trainer } from './trainer.js';
