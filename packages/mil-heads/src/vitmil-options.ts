import type { NormName } from './bag-norm.js';
import type { ReferenceOptions } from './head.js';
import { optionsSchema } from './options-schema.js';
import { ReferenceReader } from './reference-options.js';
import { options as describe } from './shared-options.js';

/** Options of {@link vitmil}. */
export interface VitmilOptions {
  readonly activation: 'relu' | 'gelu' | 'none';
  readonly dropout: number;
  readonly attentionDropout: number;
  readonly norm: NormName;
  readonly bias: boolean;
  readonly classifierBias: boolean;
  readonly finalNormBias: boolean;
  readonly innerDim: number;
  readonly embed: boolean;
  readonly layers: number;
  readonly heads: number;
  readonly attention: 'self' | 'cross';
  readonly feedForward: boolean;
  readonly positions: 'none' | 'ppeg' | 'sincos';
}

/** Defaults of {@link VitmilOptions}: the class defaults of the reference, without positions. */
export const vitmilDefaults: VitmilOptions = {
  activation: 'relu',
  dropout: 0.25,
  attentionDropout: 0,
  norm: 'none',
  bias: false,
  classifierBias: true,
  finalNormBias: true,
  innerDim: 512,
  embed: true,
  layers: 1,
  heads: 8,
  attention: 'self',
  feedForward: false,
  positions: 'none',
};

/** Schema of {@link VitmilOptions}. */
export const vitmilSchema = optionsSchema<VitmilOptions>({
  activation: { enum: ['relu', 'gelu', 'none'], default: 'relu', description: 'Activation of the embedding' },
  dropout: describe.dropout(0.25),
  attentionDropout: {
    type: 'number',
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0,
    description: 'Drop rate of attention weights in training; above 0 the whole N × N matrix is kept in memory',
  },
  norm: { ...describe.norm, description: 'Normalisation of the input features' },
  bias: describe.bias(false),
  classifierBias: { type: 'boolean', default: true, description: 'Bias of the classifier' },
  finalNormBias: { type: 'boolean', default: true, description: 'Bias of the layer norm in front of the classifier' },
  innerDim: describe.innerDim,
  embed: { type: 'boolean', default: true, description: 'Embed the instances; false takes the input features as tokens' },
  layers: { enum: [1, 2], default: 1, description: 'Transformer blocks' },
  heads: describe.headCount,
  attention: { enum: ['self', 'cross'], default: 'self', description: 'Every token attends to all, or the class token to the tiles' },
  feedForward: { type: 'boolean', default: false, description: 'Two-layer block after the attention of each block' },
  positions: {
    enum: ['none', 'ppeg', 'sincos'],
    default: 'none',
    description: 'Convolutions between the two blocks, or a sine–cosine code of grid positions',
  },
});

const KNOWN = [
  'act',
  'dropout',
  'mil_norm',
  'mil_bias',
  'mil_cls_bias',
  'inner_dim',
  'pos',
  'n_layers',
  'attn_dropout',
  'ffn',
  'ffn_dp',
  'ffn_ratio',
  'sdpa_type',
  'n_heads',
  'attn_type',
  'embed_feat',
];

/** Translates the reference's options; `sdpa_type`, `ffn_dp` and `ffn_ratio` change nothing there. */
export function vitmilFromReference(given: ReferenceOptions, parameterNames?: ReadonlySet<string>): Partial<VitmilOptions> {
  const reader = new ReferenceReader('vitmil', given, KNOWN);
  const norm = reader.norm();
  const bias = reader.flag('mil_bias', false);
  return {
    activation: reader.choice('act', ['relu', 'gelu', 'none'], 'none'),
    dropout: reader.number('dropout', 0),
    attentionDropout: reader.number('attn_dropout', 0),
    norm,
    bias,
    classifierBias: reader.flag('mil_cls_bias', true),
    finalNormBias: parameterNames?.has('norm.bias') ?? (norm !== 'layer' || bias),
    innerDim: reader.number('inner_dim', 512),
    embed: reader.flag('embed_feat', true),
    layers: reader.number('n_layers', 1) === 2 ? 2 : 1,
    heads: reader.number('n_heads', 8),
    attention: reader.choice('attn_type', ['sa', 'ca'], 'sa') === 'ca' ? 'cross' : 'self',
    feedForward: reader.flag('ffn', false),
    positions: reader.choice('pos', ['none', 'ppeg', 'sincos'], 'none'),
  };
}
