import { z } from 'zod';
import { filePath } from '../file-path.js';
import type { SchemaIssue } from '../zod-issues.js';
import { dataSchema, foldsSchema } from './data-schema.js';
import { augmentSchema, encoderSchema, headSchema, samplingSchema } from './model-schema.js';
import { storeSchema, tilingSchema } from './tiling-schema.js';
import { evaluationSchema, trainingSchema } from './training-schema.js';

/**
 * A run from slides and labels to report: the one source of its types, defaults, messages, and of the schema for editors.
 */
export const runSchema = z
  .strictObject({
    $schema: z.string().optional().describe('for editors'),
    name: z.string().optional().describe('name of the experiment, for the report'),
    plugins: z
      .array(z.string().min(1))
      .default([])
      .describe('modules that bring heads and encoders: installed packages, or files relative to this one (./my-head.js)'),
    task: z.enum(['classification', 'survival']).describe('what is learned of a slide'),
    mode: z
      .enum(['end-to-end', 'features'])
      .default('end-to-end')
      .describe('end-to-end: encoder and head together from tiles; features: the head on features of a frozen encoder'),
    seed: z.int().min(0).default(2021),
    compat: z.enum(['reference']).optional().describe("the reference's way where it is known to be defective"),
    data: dataSchema,
    folds: foldsSchema.prefault({}),
    tiling: tilingSchema.prefault({}),
    store: storeSchema.prefault({}),
    encoder: encoderSchema.prefault({}),
    head: headSchema.prefault({}),
    sampling: samplingSchema.prefault({}),
    augment: augmentSchema.prefault({}),
    survival: z
      .strictObject({ bins: z.int().min(2).max(64).default(4).describe('discrete times, cut at quantiles of the training events') })
      .prefault({})
      .describe('task survival'),
    training: trainingSchema.prefault({}),
    evaluation: evaluationSchema.prefault({}),
    engine: z
      .strictObject({
        device: z
          .enum(['cpu', 'cuda', 'webgpu', 'wasm'])
          .optional()
          .describe(
            'cpu and cuda: TensorFlow; webgpu: any GPU without CUDA; wasm: prediction and heads; left out: a CUDA GPU where there is one',
          ),
        threads: z
          .int()
          .min(1)
          .max(1024)
          .optional()
          .describe('threads of one operation, one per core when left out; other counts may give other last bits'),
      })
      .prefault({})
      .describe('the tensor engine'),
    report: z
      .strictObject({ heatmaps: z.int().min(0).max(1000).default(4).describe('test slides whose attention is drawn') })
      .prefault({})
      .describe('the report'),
    output: filePath().optional().describe('run folder; --out decides when given'),
  })
  .describe('a Slidestream run');

/** A run as it was asked for, every default filled in. */
export type RunConfig = z.output<typeof runSchema>;

/** What does not fit together although each value by itself is right. */
export function checkRun(config: RunConfig): SchemaIssue[] {
  const issues: SchemaIssue[] = [];
  const complain = (path: readonly (string | number)[], message: string, hint?: string): void => {
    issues.push({ path, atKey: false, message, hint });
  };
  const { data, training, sampling, tiling, evaluation, task, mode } = config;
  const sources = [data.slides, data.stores, data.features, data.bags].filter((source) => source !== undefined);
  if (sources.length === 0) complain(['data'], 'needs one of slides, stores, features, bags');
  if (data.bags === undefined && data.labels === undefined) complain(['data'], 'needs labels');
  if (data.folds !== undefined && data.bags === undefined)
    complain(['data', 'folds'], 'is for data.bags', 'Use folds.count, or a split column in the labels');
  if (data.standardise && data.bags === undefined) complain(['data', 'standardise'], 'is for data.bags');
  if (mode === 'end-to-end' && data.slides === undefined && data.stores === undefined) {
    complain(['mode'], 'end-to-end needs data.slides or data.stores', 'For features use mode: features');
  }
  const names = tiling.scales.map((scale) => scale.name);
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) complain(['tiling', 'scales', i, 'name'], `"${name}" is there twice`);
  });
  const scales = typeof data.stores === 'object' ? Object.keys(data.stores) : data.stores === undefined ? names : undefined;
  for (const scale of Object.keys(sampling.share ?? {})) {
    if (scales !== undefined && !scales.includes(scale))
      complain(['sampling', 'share', scale], `is no scale of this run (${scales.join(', ')})`);
  }
  const shared = Object.values(sampling.share ?? {}).reduce((sum, share) => sum + share, 0);
  if (shared > 1 + 1e-9) complain(['sampling', 'share'], `adds up to ${shared}, more than 1`);
  if (sampling.share !== undefined && sampling.count === undefined) complain(['sampling', 'share'], 'needs sampling.count');
  if (training.warmupEpochs >= training.epochs && training.warmupEpochs > 0) {
    complain(['training', 'warmupEpochs'], `must be less than training.epochs (${training.epochs})`);
  }
  if (evaluation.weights === 'teacher' && training.ema === undefined) complain(['evaluation', 'weights'], 'teacher needs training.ema');
  if (training.selectBy === 'cIndex' && task !== 'survival') complain(['training', 'selectBy'], 'cIndex is a metric of survival');
  if (task === 'survival' && training.selectBy !== undefined && !['cIndex', 'loss'].includes(training.selectBy)) {
    complain(['training', 'selectBy'], `${training.selectBy} is a metric of classification`);
  }
  const { crop } = config.augment;
  if (crop !== undefined && 'area' in crop && crop.area[0] > crop.area[1])
    complain(['augment', 'crop', 'area'], 'must be least, then greatest');
  return issues;
}
