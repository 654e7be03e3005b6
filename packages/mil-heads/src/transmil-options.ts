import type { NormName } from './bag-norm.js';
import type { ReferenceOptions } from './head.js';
import { optionsSchema } from './options-schema.js';
import { ReferenceReader } from './reference-options.js';
import { options as describe } from './shared-options.js';

/** Options of {@link transmil}. */
export interface TransmilOptions {
  readonly activation: 'relu' | 'gelu' | 'none';
  readonly dropout: number;
  readonly layerDropout: number;
  readonly norm: NormName;
  readonly bias: boolean;
  readonly classifierBias: boolean;
  readonly finalNormBias: boolean;
  readonly innerDim: number;
  readonly heads: number;
  readonly positions: 'none' | 'ppeg';
  readonly compat: 'none' | 'reference';
}

/** Defaults of {@link TransmilOptions}. */
export const transmilDefaults: TransmilOptions = {
  activation: 'relu',
  dropout: 0.25,
  layerDropout: 0.1,
  norm: 'none',
  bias: true,
  classifierBias: true,
  finalNormBias: true,
  innerDim: 512,
  heads: 8,
  positions: 'ppeg',
  compat: 'none',
};

/** Schema of {@link TransmilOptions}. */
export const transmilSchema = optionsSchema<TransmilOptions>({
  activation: { enum: ['relu', 'gelu', 'none'], default: 'relu', description: 'Activation of the embedding' },
  dropout: describe.dropout(0.25),
  layerDropout: {
    type: 'number',
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0.1,
    description: 'Drop rate of each attention layer’s output in training',
  },
  norm: { ...describe.norm, description: 'Normalisation of the input features' },
  bias: describe.bias(true),
  classifierBias: { type: 'boolean', default: true, description: 'Bias of the classifier' },
  finalNormBias: { type: 'boolean', default: true, description: 'Bias of the layer norm in front of the classifier' },
  innerDim: describe.innerDim,
  heads: describe.headCount,
  positions: { enum: ['none', 'ppeg'], default: 'ppeg', description: 'Convolutions between the two layers' },
  compat: {
    enum: ['none', 'reference'],
    default: 'none',
    description: 'reference: the pseudo-inverse is started from the largest sums of the whole batch, so bags of one batch are coupled',
  },
});

/** Translates the reference's options; any non-zero `dropout` is a quarter there (SPEC §17, 29), unset `pos` is PPEG. */
export function transmilFromReference(given: ReferenceOptions, parameterNames?: ReadonlySet<string>): Partial<TransmilOptions> {
  const reader = new ReferenceReader('transmil', given, ['dropout', 'act', 'mil_norm', 'mil_bias', 'inner_dim', 'pos', 'n_heads']);
  const bias = reader.flag('mil_bias', true);
  return {
    activation: reader.choice('act', ['relu', 'gelu', 'none'], 'none'),
    dropout: reader.flag('dropout', false) ? 0.25 : 0,
    norm: reader.norm(),
    bias,
    classifierBias: parameterNames?.has('classifier.bias') ?? bias,
    finalNormBias: parameterNames?.has('norm.bias') ?? bias,
    innerDim: reader.number('inner_dim', 512),
    heads: reader.number('n_heads', 8),
    positions: reader.choice('pos', ['ppeg', 'none'], 'ppeg'),
    compat: 'reference',
  };
}
