import { z } from 'zod';

const optimiser = z
  .strictObject({
    name: z.enum(['adam', 'adamw']).default('adamw').describe('adam couples weight decay as L2, adamw decouples it'),
    learningRate: z.number().positive().default(2e-4),
    weightDecay: z.number().min(0).default(1e-5),
  })
  .prefault({});

const ema = z.strictObject({
  decay: z.number().min(0).lt(1).default(0.9997).describe('share of the old weights kept at each update'),
});

const earlyStopping = z.strictObject({
  patience: z.int().min(1).default(20).describe('epochs without improvement that are borne'),
  after: z.int().min(0).default(0).describe('never stop up to this epoch'),
});

/** Names of the metrics by which an epoch can be chosen. */
const selectionMetrics = ['auc', 'accuracy', 'balancedAccuracy', 'f1', 'kappa', 'cIndex', 'loss'] as const;

/** The training loop. */
export const trainingSchema = z
  .strictObject({
    epochs: z.int().min(1).default(50),
    batchSize: z.int().min(1).default(1).describe('slides per step'),
    optimiser,
    schedule: z.enum(['cosine', 'step', 'constant']).default('cosine').describe('learning rate over the epochs'),
    scheduleBy: z.enum(['epoch', 'step']).default('epoch').describe('when the schedule moves on'),
    warmupEpochs: z.int().min(0).default(0).describe('linear warm-up inside the period'),
    warmupLearningRate: z.number().min(0).default(1e-6),
    minLearningRate: z.number().min(0).default(1e-7),
    accumulation: z.int().min(1).default(1).describe('batches per update'),
    clip: z.number().positive().optional().describe('greatest norm of the whole gradient'),
    ema: ema.optional().describe('a teacher that follows the model as an exponential moving average'),
    earlyStopping: earlyStopping.optional().describe('stop on the validation metric; needs validation cases'),
    selectBy: z
      .enum(selectionMetrics)
      .optional()
      .describe('validation metric that chooses the best epoch; auc for two classes, balancedAccuracy for more, cIndex for survival'),
    lossWeights: z
      .strictObject({ main: z.number().min(0).default(1), auxiliary: z.number().min(0).default(0) })
      .prefault({})
      .describe("weights of the task's loss and of the head's own"),
    tilesPerChunk: z.int().min(1).default(64).describe('tiles that go through the encoder at a time: bounds memory'),
    checkpointEverySteps: z.int().min(1).optional().describe('checkpoints inside an epoch; at its end when left out'),
  })
  .describe('training');

/** What is computed of the trained model. */
export const evaluationSchema = z
  .strictObject({
    bootstrap: z.int().min(0).max(100_000).default(1000).describe('resamples for confidence intervals; 0 for none'),
    confidence: z.number().gt(0).lt(1).default(0.95).describe('level of the intervals'),
    weights: z.enum(['model', 'teacher']).default('model').describe('whose weights are evaluated; teacher needs training.ema'),
    checkpoint: z.enum(['best', 'last']).default('best').describe('best by validation, where there is validation'),
    tilesPerChunk: z.int().min(1).default(64).describe('tiles that go through the encoder at a time'),
  })
  .describe('evaluation over all tiles of every slide');
