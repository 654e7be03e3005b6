import { z } from 'zod';
import { filePath } from '../file-path.js';

/** Names of columns where a label table does not use the usual ones. */
const columns = z
  .strictObject({
    case: z.string().optional(),
    slide: z.string().optional(),
    label: z.string().optional(),
    split: z.string().optional(),
    fold: z.string().optional(),
    time: z.string().optional(),
    event: z.string().optional(),
  })
  .describe('column names of the label table where they differ from case, slide, label, split, fold, time, event');

/** What a run works on. */
export const dataSchema = z
  .strictObject({
    slides: z
      .union([filePath(), z.array(filePath()).min(1)])
      .optional()
      .describe('slides: a folder (searched), a file, a CSV of slides, or a list of these'),
    labels: filePath().optional().describe('label table (CSV) with case, slide, label and a split or fold, or time and event'),
    columns: columns.optional(),
    classes: z.array(z.string().min(1)).min(2).optional().describe('class names in order of class index; sorted names when left out'),
    stores: z
      .union([filePath(), z.record(z.string(), filePath())])
      .optional()
      .describe('tile store, or one per scale by the name of the scale; `run` makes them from slides when left out'),
    features: filePath().optional().describe('folder of feature files, one a slide (.pt, .h5, .safetensors)'),
    bags: filePath().optional().describe('bags in one CSV: bag,label,f0,…'),
    folds: filePath().optional().describe('folds of the bags (JSON with train[repeat][fold] = bag indices)'),
    standardise: z
      .boolean()
      .default(false)
      .describe("features of data.bags as z-scores by the instances of each fold's training bags; columns that do not vary become 0"),
    minTiles: z.int().min(1).default(1).describe('a slide with fewer tiles is left out and listed'),
    onMissing: z
      .enum(['error', 'skip'])
      .default('skip')
      .describe('a labelled slide without tiles or features: leave it out and list it (exit code 3), or stop'),
    mpp: z.number().positive().max(20).optional().describe('µm per pixel of level 0, for slides that do not say'),
  })
  .describe('what the run works on');

/** How cases are divided. */
export const foldsSchema = z
  .strictObject({
    count: z.int().min(2).optional().describe("folds to make; the table's own split or fold column decides when left out"),
    validation: z
      .number()
      .min(0)
      .lt(1)
      .default(0)
      .describe('share of the training cases held out for validation where the table holds out none'),
    only: z.array(z.int().min(0)).min(1).optional().describe('run these folds only, counted from 0'),
    sparse: z.enum(['refuse', 'allow']).default('refuse').describe('a class with fewer cases than folds'),
  })
  .describe('how cases are divided into training, validation and test');
