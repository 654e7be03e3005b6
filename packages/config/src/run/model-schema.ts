import { z } from 'zod';
import { filePath } from '../file-path.js';

/** The image encoder. */
export const encoderSchema = z
  .strictObject({
    name: z.string().min(1).default('r18').describe('`slidestream list encoders`'),
    weights: filePath().optional().describe('state dict (.safetensors, .pt, .pth, .npz); fresh weights when left out'),
    channelOrder: z
      .enum(['rgb', 'bgr'])
      .default('rgb')
      .describe(
        "order of a tile's channels where the weights were trained; tiles are RGB here, weights of bgr are turned round as they are read",
      ),
    partialWeights: z
      .boolean()
      .default(false)
      .describe('take weights that lack tensors, which keep fresh values, or hold some that the encoder does not know'),
    frozen: z
      .union([z.boolean(), z.string().min(1)])
      .default(false)
      .describe(
        'true: not trained, as always in mode features; the name of a stage: not trained up to and with it (`slidestream list encoders --json`)',
      ),
    inputSizePx: z.int().min(16).max(2048).optional().describe("side to which tiles are resized; the encoder's own when left out"),
  })
  .describe('image encoder, one vector a tile');

/** The MIL head: its options stand beside its name and are checked against the head's own schema. */
export const headSchema = z
  .looseObject({ name: z.string().min(1).default('abmilx').describe('`slidestream list heads`; its options stand beside it') })
  .describe('multiple-instance head');

/** Which tiles of a slide a training step sees. */
export const samplingSchema = z
  .strictObject({
    count: z.int().min(1).optional().describe('tiles per slide and step; all when left out'),
    share: z
      .record(z.string(), z.number().min(0).max(1))
      .optional()
      .describe('share of the count by scale, { low: 0.25 }; the rest is for the other scale'),
  })
  .describe('random instance sampling in training; evaluation sees every tile');

const crop = z.union([
  z.strictObject({
    area: z.tuple([z.number().gt(0).max(1), z.number().gt(0).max(1)]).describe('least and greatest share of the area'),
    aspect: z.tuple([z.number().positive(), z.number().positive()]).optional().describe('least and greatest width / height'),
  }),
  z.strictObject({ sizePx: z.int().min(1).describe('side of a square at a random place') }),
]);

const colour = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('stain'), sigma: z.number().min(0).max(1).describe('spread of the stain amounts') }),
  z.strictObject({
    kind: z.literal('colour'),
    brightness: z.number().min(0).max(1).optional(),
    contrast: z.number().min(0).max(1).optional(),
    saturation: z.number().min(0).max(1).optional(),
    hue: z.number().min(0).max(0.5).optional(),
  }),
]);

const probability = z.number().min(0).max(1);

/** Tile augmentation, drawn anew for every tile. */
export const augmentSchema = z
  .strictObject({
    preset: z.enum(['none', 'weak', 'strong', 'strong_v2', 'weak_strong']).default('none').describe("the reference's sets of transforms"),
    cropScale: z.number().gt(0).max(1).default(0.08).describe("least share of the area that the preset's crop keeps"),
    flipX: probability.optional().describe('probability of a flip left to right'),
    flipY: probability.optional().describe('probability of a flip upside down'),
    quarterTurns: z.boolean().optional().describe('turn by 0, 90, 180 or 270 degrees'),
    shift: probability.optional().describe('shift by up to this share of the side'),
    crop: crop.optional().describe('random resized crop { area, aspect } or fixed crop { sizePx }'),
    colour: colour.optional().describe('stain or colour jitter'),
  })
  .describe('tile augmentation in end-to-end training; single values lie over the preset');
