import { z } from 'zod';

/** A path in a configuration: relative to the file that names it, or to the working directory when it comes from `--set`. */
const path = (description: string) => z.string().min(1).describe(description).meta({ path: true });
const positiveInt = z.int().positive();
const share = z.number().min(0).max(1);

const labelColumns = z
  .strictObject({
    case: z.string().optional(),
    slide: z.string().optional(),
    label: z.string().optional(),
    split: z.string().optional(),
    fold: z.string().optional(),
    time: z.string().optional(),
    event: z.string().optional(),
  })
  .describe('Names of the label table’s columns, where they are not the usual ones');

const dataSchema = z
  .strictObject({
    labels: path('Label table (CSV): case, slide, label or time and event, split or fold').optional(),
    slides: path('Folder, file or CSV of slides').optional(),
    features: path('Folder of feature bags (.pt, .h5, .safetensors), one file a slide').optional(),
    bags: path('All feature bags in one CSV: bag,label,f0,… (may be gzipped)').optional(),
    folds: path('JSON of folds for `bags`: {"train": [repeat][fold] = bag indices}').optional(),
    stores: z
      .record(z.string(), path('Tile store of the scale of this name'))
      .optional()
      .describe('Tile stores that exist already, by name of the scale; else they are made from `slides`'),
    columns: labelColumns.optional(),
    classes: z.array(z.string()).min(2).optional().describe('Class names in the order of their indices; default: sorted'),
    mpp: z.number().positive().optional().describe('Pixel size of level 0 in µm/px, for slides that do not say'),
    missing: z.enum(['refuse', 'drop']).default('refuse').describe('Rows without a label or time'),
  })
  .describe('Where slides and labels are');

const scaleSchema = z
  .strictObject({
    tileSizePx: positiveInt.default(256).describe('Side of the finished tile in pixels'),
    stepPx: positiveInt.optional().describe('Distance between tiles in pixels; default: tileSizePx'),
    level: z.int().min(0).optional().describe('Cut at this pyramid level'),
    mpp: z.number().positive().optional().describe('Cut at this pixel size, µm/px'),
    magnification: z.number().positive().optional().describe('Cut at this magnification, 20 = 20×'),
  })
  .superRefine((value, context) => {
    const given = [value.level, value.mpp, value.magnification].filter((one) => one !== undefined);
    if (given.length !== 1) context.addIssue({ code: 'custom', message: 'give exactly one of level, mpp and magnification' });
  });

const tilingSchema = z
  .strictObject({
    preset: z.string().optional().describe('CLAM preset: bwh_biopsy, bwh_resection, tcga, tcga_nsclc, or a CSV file'),
    parameters: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .default({})
      .describe('CLAM’s segmentation parameters by name'),
    scales: z
      .record(z.string(), scaleSchema)
      .default({ high: { tileSizePx: 256, level: 0 } })
      .describe('Scales by name; `high` is the one that is evaluated, `low` the one that may be mixed in'),
  })
  .prefault({});

const samplingSchema = z
  .strictObject({
    count: positiveInt.optional().describe('Instances of a slide in a training step; default: all'),
    lowShare: share.default(0).describe('Share of them from the scale `low`'),
    pad: z.enum(['none', 'repeat']).default('repeat').describe('Slides with fewer instances: as they are, or filled with repeats'),
  })
  .prefault({});

const augmentationSchema = z
  .strictObject({
    preset: z
      .enum(['none', 'weak', 'strong', 'strong_v2', 'weak_strong'])
      .default('none')
      .describe('The reference’s transforms, drawn per tile'),
    cropScale: share.default(0.08).describe('Least area of the preset’s random crop'),
    flips: z.boolean().default(false).describe('Flip left–right and upside down, each with probability ½'),
    quarterTurns: z.boolean().default(false).describe('Turn by 0, 90, 180 or 270 degrees'),
    cropSizePx: positiveInt.optional().describe('Square crop of this side at a random place'),
    stainJitter: z.number().min(0).optional().describe('Strength of haematoxylin–eosin jitter'),
    brightness: z.number().min(0).optional().describe('Greatest relative change of brightness'),
    contrast: z.number().min(0).optional().describe('Greatest relative change of contrast'),
  })
  .prefault({});

const trainingSchema = z
  .strictObject({
    epochs: positiveInt.default(20),
    batchSize: positiveInt.default(1).describe('Slides a step'),
    dropLast: z.boolean().default(false).describe('Leave out the last batch of an epoch when it is not full'),
    optimiser: z.enum(['adam', 'adamw']).default('adamw').describe('adam couples weight decay as L2, adamw does not'),
    learningRate: z.number().positive().default(2e-4),
    weightDecay: z.number().min(0).default(1e-5),
    schedule: z.enum(['cosine', 'step', 'constant']).default('cosine'),
    warmupEpochs: z.int().min(0).default(0),
    warmupLearningRate: z.number().positive().default(1e-6),
    accumulate: positiveInt.default(1).describe('Steps per update'),
    clipNorm: z.number().positive().optional().describe('Greatest norm of the gradient; default: no clipping'),
    teacher: z
      .strictObject({ decay: z.number().min(0).max(1).default(0.9997) })
      .optional()
      .describe('A second model whose weights follow as a moving average'),
    earlyStopping: z
      .strictObject({ patience: positiveInt.default(20), afterEpoch: z.int().min(0).default(0) })
      .optional()
      .describe('Stop when the validation metric has not improved; needs a validation set'),
    tilesPerChunk: positiveInt.default(64).describe('Tiles in the encoder with gradient at a time: the bound on memory'),
    loadAhead: z.int().min(0).default(2).describe('Batches that are loaded while a step runs'),
    checkpointEverySteps: positiveInt.optional().describe('Also within an epoch; default: at the end of each'),
    stopBy: z.enum(['model', 'teacher']).default('model').describe('Whose validation chooses and stops'),
    auxiliaryWeight: share.optional().describe('Weight of a head’s auxiliary loss; default: the head’s own'),
  })
  .prefault({});

/** What `slidestream train` and `slidestream run` read: the whole experiment. */
export const runSchema = z.strictObject({
  task: z.enum(['classification', 'survival']).default('classification'),
  mode: z.enum(['end-to-end', 'features']).default('end-to-end').describe('Train encoder and head together, or a head on frozen features'),
  seed: z.int().min(0).default(2021),
  compat: z.enum(['reference']).optional().describe('Do as the reference does where it is wrong (SPEC §17)'),
  data: dataSchema,
  split: z
    .strictObject({
      folds: z.int().min(2).optional().describe('Cross-validation with so many folds; default: the table’s own split'),
      only: z.array(z.int().min(0)).optional().describe('Run only these folds'),
      validation: share.default(0).describe('Share of the training cases held out to choose the epoch, where the table has none'),
    })
    .prefault({}),
  tiling: tilingSchema,
  store: z
    .strictObject({
      quality: z.int().min(1).max(100).default(80).describe('JPEG quality of stored tiles'),
      sizePx: positiveInt.optional().describe('Side of stored tiles; default: as cut'),
    })
    .prefault({}),
  encoder: z
    .strictObject({
      name: z.string().default('r18'),
      weights: path('Weights file: .pt, .pth, .safetensors').optional(),
      inputSizePx: positiveInt.optional().describe('Side of the encoder’s input; default: the encoder’s own'),
      frozen: z.boolean().default(false).describe('End to end with an encoder that is not trained'),
    })
    .prefault({}),
  head: z
    .looseObject({ name: z.string().default('abmilx') })
    .prefault({})
    .describe('MIL head by name, and its options'),
  survival: z.strictObject({ bins: positiveInt.default(4).describe('Time bins, from training data') }).prefault({}),
  sampling: samplingSchema,
  augmentation: augmentationSchema,
  training: trainingSchema,
  evaluation: z
    .strictObject({
      bootstrap: z.int().min(0).default(1000).describe('Resamples for the confidence intervals; 0 for none'),
      confidence: z.number().min(0.5).max(0.999).default(0.95),
      weights: z.enum(['best', 'last']).default('best').describe('Which weights are tested; without validation best is last'),
      tilesPerChunk: positiveInt.default(64).describe('Tiles in the encoder at a time'),
    })
    .prefault({}),
  heatmaps: z
    .strictObject({ slides: z.int().min(0).default(4).describe('Heatmaps of so many test slides go into the report') })
    .prefault({}),
  device: z.enum(['cpu', 'cuda']).default('cpu'),
  threads: positiveInt.optional().describe('Threads of the tensor engine; part of what makes a run repeatable to the bit'),
});

/** A checked configuration with every default filled in. */
export type RunConfig = z.output<typeof runSchema>;

/** What a YAML file may hold. */
export type RunConfigInput = z.input<typeof runSchema>;
