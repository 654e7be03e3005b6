import type { TileInput } from '@slidestream/augment';
import type { StateDict } from '@slidestream/core';
import { startEngine } from '@slidestream/engine-node';
import {
  adam,
  adamW,
  constantSchedule,
  cosineSchedule,
  evaluateBag,
  type OptimiserSpec,
  type Schedule,
  type SlideModel,
  stepSchedule,
  Trainer,
  type TrainerOptions,
} from '@slidestream/training';
import { Comparison } from './comparison.js';
import { type CaseResult, type CaseRunner, UnknownCase } from './conformance-case.js';
import { wideningOf } from './device-precision.js';
import { compareFingerprint, compareWhole } from './fingerprint.js';
import { tensorsUnder } from './mil-case.js';
import { readTraceCase, type TraceCase } from './trace-case.js';
import { inputOf, instancesOf, type TraceTarget, traceBatch, traceTask } from './trace-data.js';
import { compareFirstGradients } from './trace-gradients.js';
import { buildTraceModel } from './trace-model.js';

const EVAL_LOGITS = 5e-3;
const FEATURES = 1e-5;
const END_TO_END = 1e-3;

/** Repeats a recorded training run: loss, logits and learning rate of every step, first gradients, final weights, the teacher's too. */
export const runTrace: CaseRunner = async (caseFile): Promise<CaseResult> => {
  const { device } = await startEngine();
  const trace = await readTraceCase(caseFile);
  const comparison = new Comparison(wideningOf(device));
  const free = await compareFirstGradients(comparison, trace);
  const model = await buildTraceModel(trace);
  const teacher = trace.emaDecay === null ? null : await buildTraceModel(trace);
  const seen: { input?: TileInput } = {};
  const trainer = new Trainer(trainerOptions(trace, model, teacher, seen));
  try {
    await compareSteps(comparison, trace, trainer, seen);
    compareFinal(comparison, trace, await trainer.weights(), free);
    await compareEvaluation(comparison, 'eval_logits', trace, model, trace.evalLogits);
    if (teacher !== null) {
      compareTensors(comparison, 'ema_final.', trace, (await trainer.teacherWeights()) as StateDict, free);
      await compareEvaluation(comparison, 'ema_eval_logits', trace, teacher, trace.emaEvalLogits);
    }
    return comparison.result(caseFile);
  } finally {
    trainer.dispose();
    model.dispose();
    teacher?.dispose();
  }
};

function trainerOptions(
  trace: TraceCase,
  model: SlideModel,
  teacher: SlideModel | null,
  seen: { input?: TileInput },
): TrainerOptions<TraceTarget> {
  const plain: TileInput['plain'] = (...at) => (seen.input as TileInput).plain(...at);
  return {
    model,
    task: traceTask(trace),
    optimiser: optimiserOf(trace),
    input: { plain, augmented: (tiles, _keys, from, to) => plain(tiles, from, to) },
    augment: false,
    seed: 0,
    tilesPerChunk: trace.tilesPerChunk,
    accumulate: trace.accumulate,
    accumulateTail: 'reference',
    clipNorm: trace.clipNorm ?? undefined,
    teacher: teacher === null ? undefined : { model: teacher, decay: trace.emaDecay as number },
  };
}

async function compareSteps(
  comparison: Comparison,
  trace: TraceCase,
  trainer: Trainer<TraceTarget>,
  seen: { input?: TileInput },
): Promise<void> {
  const schedule = scheduleOf(trace);
  const tolerance = trace.encoder === null ? FEATURES : END_TO_END;
  let divisor = 1;
  for (const [index, step] of trace.steps.entries()) {
    const { batch, input } = traceBatch(trace, step.batch);
    seen.input = input;
    const learningRate = schedule(index);
    for (const rate of step.learningRates) comparison.error(`step ${index} learning rate`, Math.abs(rate - learningRate), 1e-12);
    const { loss, logits } = await trainer.step(batch, { epoch: 0, step: index, learningRate, last: step.updated });
    // With accumulation a run may have recorded what it differentiated, the loss over the count: the first step tells which.
    if (index === 0 && Math.abs(loss / trace.accumulate - step.loss) < Math.abs(loss - step.loss)) divisor = trace.accumulate;
    comparison.close(`step ${index} loss`, [loss / divisor], [step.loss], { absolute: tolerance });
    if (step.logits !== null) comparison.close(`step ${index} logits`, logits, step.logits.flat(), { absolute: EVAL_LOGITS });
  }
}

function compareFinal(comparison: Comparison, trace: TraceCase, weights: StateDict, free: ReadonlySet<string>): void {
  compareTensors(comparison, 'final.', trace, weights, free);
  for (const [name, print] of Object.entries(trace.finalFingerprints)) {
    if (!free.has(name)) compareFingerprint(comparison, `final ${name}`, weights.get(name), print);
  }
}

function compareTensors(comparison: Comparison, prefix: string, trace: TraceCase, weights: StateDict, free: ReadonlySet<string>): void {
  for (const [name, record] of tensorsUnder(trace.tensors, prefix)) {
    if (!free.has(name)) compareWhole(comparison, `${prefix}${name}`, weights.get(name), record);
  }
}

async function compareEvaluation(
  comparison: Comparison,
  name: string,
  trace: TraceCase,
  model: SlideModel,
  expected: readonly (readonly number[])[] | null,
): Promise<void> {
  if (expected === null) return;
  const x = trace.tensors.get('in.x_val');
  if (x === undefined) throw new UnknownCase('the case has no in.x_val');
  const { tiles, features } = instancesOf(x);
  const bag = {
    id: 'in.x_val',
    target: null,
    ...(tiles === undefined ? {} : { tiles: [tiles] }),
    ...(features === undefined ? {} : { features }),
  };
  const { logits } = await evaluateBag(bag, { model, input: inputOf(x), tilesPerChunk: trace.tilesPerChunk });
  comparison.close(name, logits, expected.flat(), { absolute: EVAL_LOGITS });
}

function optimiserOf({ optimiser, learningRate, weightDecay, betas, epsilon }: TraceCase): OptimiserSpec {
  return (optimiser === 'adam' ? adam : adamW)({ learningRate, weightDecay, betas, epsilon });
}

function scheduleOf(trace: TraceCase): Schedule {
  const { learningRate, scheduleLength, warmupSteps, warmupLearningRate, minLearningRate } = trace;
  if (trace.schedule === 'const') return constantSchedule(learningRate);
  if (trace.schedule === 'step') return stepSchedule({ learningRate, every: scheduleLength / 2 });
  return cosineSchedule({ learningRate, epochs: scheduleLength, warmupEpochs: warmupSteps, warmupLearningRate, minLearningRate });
}
