import { resolve } from 'node:path';
import type { StateDict } from '@slidestream/core';
import { readSafetensors } from '@slidestream/formats';
import { type CaseFile, UnknownCase } from './conformance-case.js';
import type { Fingerprint } from './fingerprint.js';
import { readJson } from './read-json.js';

/** A step of a recorded training run. */
interface TraceStep {
  readonly loss: number;
  /** By parameter group. */
  readonly learningRates: readonly number[];
  /** Which of the recorded inputs the step saw. */
  readonly batch: number;
  /** Whether the optimiser moved. */
  readonly updated: boolean;
  /** [B, C], where they were recorded. */
  readonly logits: readonly (readonly number[])[] | null;
}

/** A recorded training run: settings, steps and where it ended. */
export interface TraceCase {
  readonly head: string;
  readonly headOptions: Readonly<Record<string, unknown>>;
  readonly inputDim: number;
  readonly classes: number;
  /** `null` for runs on features. */
  readonly encoder: string | null;
  /** Path of the encoder's weights, where the case's own tensors do not hold them. */
  readonly encoderWeights: string | null;
  readonly bags: number;
  readonly optimiser: 'adam' | 'adamw';
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly schedule: 'cosine' | 'step' | 'const';
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly warmupLearningRate: number;
  readonly minLearningRate: number;
  readonly scheduleLength: number;
  readonly tilesPerChunk: number;
  readonly accumulate: number;
  readonly clipNorm: number | null;
  readonly freezeEncoder: boolean;
  readonly emaDecay: number | null;
  readonly loss: 'ce' | 'bce' | 'nll_surv';
  readonly mainWeight: number;
  readonly auxiliaryWeight: number;
  readonly steps: readonly TraceStep[];
  readonly evalLogits: readonly (readonly number[])[] | null;
  readonly emaEvalLogits: readonly (readonly number[])[] | null;
  readonly finalFingerprints: Readonly<Record<string, Fingerprint>>;
  readonly firstGradFingerprints: Readonly<Record<string, Fingerprint>>;
  readonly tensors: StateDict;
}

type Json = Readonly<Record<string, unknown>>;

/** Keys that are read, or that only describe. */
const KNOWN = new Set(
  (
    'case head encoder encoder_name B N tiles_per_bag input_dim n_classes optimiser lr weight_decay p_batch_size accumulation_steps warmup_epochs ' +
    'warmup_lr min_lr num_epoch scheduler lr_sche ema_decay ema_note loss betas eps param_groups fp32 fp64 loss_fp32_vs_fp64 final_fingerprints ' +
    'first_grad_fingerprints tensors main_alpha aux_alpha batch_order clip_grad freeze_enc note notes'
  ).split(' '),
);

/** Reads a case. @throws UnknownCase for settings that are not known */
export async function readTraceCase({ path, tensorsPath, root }: CaseFile): Promise<TraceCase> {
  const json = (await readJson(path)) as Json;
  if (tensorsPath === null) throw new UnknownCase('the case has no .safetensors');
  const strange = Object.keys(json).find((key) => !KNOWN.has(key));
  if (strange !== undefined) throw new UnknownCase(`setting "${strange}" is not known`);
  const { name: head, input_dim, n_classes, ...headOptions } = json.head as Json;
  const recorded = json.fp32 as readonly Json[] | (Json & { readonly log: readonly Json[] });
  const log = 'log' in recorded ? recorded.log : recorded;
  const outcome: Json = 'log' in recorded ? recorded : {};
  const encoderText = typeof json.encoder === 'string' ? json.encoder : null;
  const weights = encoderText === null ? null : (/\(vectors\/(\S+\.safetensors)/.exec(encoderText)?.[1] ?? null);
  const tensors = await readSafetensors(tensorsPath);
  const inputs = [...tensors.keys()].filter((name) => /^in\.x\d+$/.test(name)).length;
  return {
    head: String(head),
    headOptions,
    inputDim: Number(json.input_dim ?? input_dim),
    classes: Number(json.n_classes ?? n_classes),
    encoder: encoderText === null ? null : String(json.encoder_name ?? encoderText.split(' ')[0]),
    encoderWeights: weights === null ? null : resolve(root, weights),
    bags: Number(json.B ?? 1),
    optimiser: oneOf('optimiser', json.optimiser, ['adam', 'adamw'] as const),
    betas: (json.betas as [number, number] | undefined) ?? [0.9, 0.999],
    epsilon: Number(json.eps ?? 1e-8),
    weightDecay: Number(json.weight_decay ?? 0),
    schedule: scheduleOf(json),
    learningRate: Number(json.lr),
    warmupSteps: Number(json.warmup_epochs ?? 0),
    warmupLearningRate: Number(json.warmup_lr ?? 1e-6),
    minLearningRate: Number(json.min_lr ?? 1e-7),
    scheduleLength: Number(json.num_epoch ?? log.length),
    tilesPerChunk: Number(json.p_batch_size ?? 512),
    accumulate: Number(json.accumulation_steps ?? 1),
    clipNorm: typeof json.clip_grad === 'number' ? json.clip_grad : null,
    freezeEncoder: json.freeze_enc === true,
    emaDecay: typeof json.ema_decay === 'number' ? json.ema_decay : null,
    loss: oneOf('loss', json.loss ?? 'ce', ['ce', 'bce', 'nll_surv'] as const),
    mainWeight: Number(json.main_alpha ?? 1),
    auxiliaryWeight: Number(json.aux_alpha ?? 0),
    steps: log.map((step, index) => readStep(step, index, log.length, json, inputs)),
    evalLogits: (outcome.eval_logits as number[][] | undefined) ?? null,
    emaEvalLogits: (outcome.ema_eval_logits as number[][] | undefined) ?? null,
    finalFingerprints: (json.final_fingerprints as Record<string, Fingerprint> | undefined) ?? {},
    firstGradFingerprints: (json.first_grad_fingerprints as Record<string, Fingerprint> | undefined) ?? {},
    tensors,
  };
}

function readStep(step: Json, index: number, count: number, json: Json, inputs: number): TraceStep {
  const accumulate = Number(json.accumulation_steps ?? 1);
  return {
    loss: Number(step.loss),
    learningRates: [step.lr].flat().map(Number),
    batch: Number(step.batch ?? index % inputs),
    updated: (step.updated as boolean | undefined) ?? ((index + 1) % accumulate === 0 || index + 1 === count),
    logits: (step.logits as number[][] | undefined) ?? null,
  };
}

function scheduleOf(json: Json): TraceCase['schedule'] {
  const text = String(json.lr_sche ?? json.scheduler ?? 'const');
  const found = (['cosine', 'step', 'const'] as const).find((name) => text.startsWith(name));
  if (found === undefined) throw new UnknownCase(`schedule "${text}" is not known`);
  return found;
}

function oneOf<const T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  if ((choices as readonly unknown[]).includes(value)) return value as T;
  throw new UnknownCase(`${name} "${String(value)}" is not known`);
}
