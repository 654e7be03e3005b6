import type { OptionSchema } from './options-schema.js';

/** Schemas of options that several heads have. */
export const options = {
  innerDim: { type: 'integer', minimum: 1, default: 512, description: 'Width E of the embedded instances' },
  norm: {
    enum: ['none', 'layer', 'batch'],
    default: 'none',
    description: 'Normalisation of the input features and of the bag vector; batch needs two or more bags a training step',
  },
  dropout: (byDefault: number): OptionSchema => ({
    type: 'number',
    minimum: 0,
    exclusiveMaximum: 1,
    default: byDefault,
    description: 'Drop rate of the embedded instances in training',
  }),
  bias: (byDefault: boolean): OptionSchema => ({
    type: 'boolean',
    default: byDefault,
    description: 'Biases of the embedding, the norms and the head (exceptions are those of the paper’s code)',
  }),
  headCount: { type: 'integer', minimum: 1, default: 8, description: 'Attention heads; must divide the embedding width' },
} as const satisfies Record<string, OptionSchema | ((byDefault: never) => OptionSchema)>;
