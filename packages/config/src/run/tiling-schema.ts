import { z } from 'zod';

/** Tile scale of one store. */
const scale = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w-]+$/, 'must be letters, digits, - or _')
      .default('high')
      .describe('name of the scale, also of its store'),
    mpp: z.number().positive().max(20).optional().describe('µm per pixel of the finished tile'),
    magnification: z.number().positive().optional().describe('magnification of the finished tile, 20 for 20×'),
    level: z.int().min(0).optional().describe('pyramid level, read as it is'),
    tileSizePx: z.int().min(8).max(4096).default(256).describe('side of a tile at that scale'),
    stepPx: z.int().min(1).optional().describe('pixels between tiles; the tile size when left out'),
  })
  .refine((value) => [value.mpp, value.magnification, value.level].filter((at) => at !== undefined).length === 1, {
    error: 'needs exactly one of mpp, magnification, level',
  });

/** Segmentation parameters under CLAM's names; what is left out comes from the preset. */
const parameters = z
  .strictObject({
    seg_level: z.int().min(-1).optional().describe('level that is segmented; -1: the one nearest to a downsample of 64'),
    sthresh: z.number().min(0).max(255).optional().describe('threshold of saturation'),
    mthresh: z.int().min(1).max(255).optional().describe('side of the median filter, odd'),
    close: z.int().min(0).max(1000).optional().describe('side of the closing'),
    use_otsu: z.boolean().optional().describe("Otsu's threshold instead of sthresh"),
    keep_ids: z.array(z.int().min(0)).optional().describe('contours to keep'),
    exclude_ids: z.array(z.int().min(0)).optional().describe('contours to leave out'),
    a_t: z.number().min(0).optional().describe('least area of tissue, in squares of 512 level-0 pixels'),
    a_h: z.number().min(0).optional().describe('least area of a hole, in the same unit'),
    max_n_holes: z.int().min(0).optional().describe('holes kept per contour'),
    vis_level: z.int().min(-1).optional().describe('level of the mask image'),
    line_thickness: z.number().positive().optional().describe('line width of the mask image'),
    use_padding: z.boolean().optional().describe('tiles may reach past the border'),
    contour_fn: z.enum(['four_pt', 'four_pt_hard', 'center', 'basic']).optional().describe('when a tile counts as inside'),
  })
  .describe('segmentation parameters on top of the preset');

/** Tissue and tiles. */
export const tilingSchema = z
  .strictObject({
    preset: z.string().optional().describe('bwh_biopsy, bwh_resection, tcga, tcga_nsclc, or the path of a preset CSV'),
    method: z
      .enum(['saturation', 'otsu', 'brightness', 'entropy'])
      .optional()
      .describe(
        'how tissue is told from glass: by colour as CLAM, by its Otsu threshold, or, for IHC and pale stains, by brightness or structure',
      ),
    parameters: parameters.optional(),
    tolerance: z
      .number()
      .min(0)
      .max(0.5)
      .optional()
      .describe('a level this near to the asked scale is read as it is; 0.02 when left out, 0 resamples always'),
    minTissue: z.number().min(0).max(1).optional().describe('least share of a tile that is tissue'),
    reject: z
      .array(z.enum(['missing', 'blank', 'pen', 'blur']))
      .optional()
      .describe('defects for which tiles are left out; every tile is read for it. missing: the file does not hold all of it'),
    scales: z
      .array(scale)
      .min(1)
      .max(8)
      .default([{ name: 'high', mpp: 0.5, tileSizePx: 256 }])
      .describe('one tile store a scale'),
  })
  .describe('tissue segmentation and tile grid');

/** How tiles are stored. */
export const storeSchema = z
  .strictObject({
    quality: z.int().min(1).max(100).default(80).describe('JPEG quality'),
    sizePx: z.int().min(8).max(4096).optional().describe('side of the stored tile; the tile size of its scale when left out'),
  })
  .describe('tile stores that the run writes');
