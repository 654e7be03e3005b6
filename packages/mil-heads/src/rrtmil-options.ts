import type { NormName } from './bag-norm.js';
import type { ReferenceOptions } from './head.js';
import { optionsSchema } from './options-schema.js';
import { ReferenceReader } from './reference-options.js';
import { options as describe } from './shared-options.js';

/** Options of {@link rrtmil}. */
export interface RrtmilOptions {
  readonly activation: 'relu' | 'gelu' | 'none';
  readonly dropout: number;
  readonly layerDropout: number;
  readonly norm: NormName;
  readonly bias: boolean;
  readonly innerDim: number;
  readonly layers: number;
  readonly regions: number;
  readonly heads: number;
  readonly qkvBias: boolean;
  readonly taps: number | null;
  readonly crossRegions: number | null;
  readonly crossHeads: number;
  readonly slots: number;
  readonly shortcut: boolean;
  readonly feedForward: boolean;
  readonly feedForwardRatio: number;
  readonly poolingActivation: 'relu' | 'gelu' | 'tanh';
  readonly poolingGated: boolean;
  readonly poolingBias: boolean;
}

/** Defaults of {@link RrtmilOptions}: the class defaults of the paper's code. */
export const rrtmilDefaults: RrtmilOptions = {
  activation: 'relu',
  dropout: 0.25,
  layerDropout: 0.1,
  norm: 'none',
  bias: true,
  innerDim: 512,
  layers: 2,
  regions: 8,
  heads: 8,
  qkvBias: true,
  taps: 15,
  crossRegions: null,
  crossHeads: 8,
  slots: 3,
  shortcut: false,
  feedForward: false,
  feedForwardRatio: 4,
  poolingActivation: 'relu',
  poolingGated: false,
  poolingBias: false,
};

/** Schema of {@link RrtmilOptions}. */
export const rrtmilSchema = optionsSchema<RrtmilOptions>({
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
  innerDim: describe.innerDim,
  layers: { type: 'integer', minimum: 1, default: 2, description: 'Attention layers; the last one works across regions' },
  regions: { type: 'integer', minimum: 1, default: 8, description: 'Regions per side' },
  heads: { ...describe.headCount, description: 'Attention heads within regions; must divide the embedding width' },
  qkvBias: { type: 'boolean', default: true, description: 'Biases of queries, keys and values' },
  taps: {
    type: ['integer', 'null'],
    minimum: 1,
    default: 15,
    description: 'Taps of the convolution of attention logits over queries, odd; null = none',
  },
  crossRegions: {
    type: ['integer', 'null'],
    minimum: 1,
    default: null,
    description: 'Regions per side of the layer across regions; null = regions',
  },
  crossHeads: { ...describe.headCount, description: 'Attention heads across regions; must divide the embedding width' },
  slots: { type: 'integer', minimum: 1, default: 3, description: 'Representatives of a region' },
  shortcut: { type: 'boolean', default: false, description: 'Add the embedded instances to the re-embedded ones' },
  feedForward: { type: 'boolean', default: false, description: 'Two-layer block after the attention of each layer' },
  feedForwardRatio: { type: 'number', exclusiveMinimum: 0, default: 4, description: 'Hidden width of that block over the embedding width' },
  poolingActivation: { enum: ['relu', 'gelu', 'tanh'], default: 'relu', description: 'Activation of the pooling’s attention' },
  poolingGated: { type: 'boolean', default: false, description: 'Gated attention in the pooling' },
  poolingBias: { type: 'boolean', default: false, description: 'Biases of the pooling’s attention' },
});

const KNOWN = [
  'act',
  'dropout',
  'inner_dim',
  'region_num',
  'n_layers',
  'n_heads',
  'crmsa_k',
  'crmsa_heads',
  'epeg',
  'epeg_k',
  'trans_dropout',
  'ffn',
  'mlp_ratio',
  'qkv_bias',
  'all_shortcut',
  'da_act',
  'da_gated',
  'da_bias',
  'mil_norm',
  'mil_bias',
];

/** Translates the reference's options; its layer across regions always has 8 × 8 of them (SPEC §17, 37). */
export function rrtmilFromReference(given: ReferenceOptions): Partial<RrtmilOptions> {
  const reader = new ReferenceReader('rrtmil', given, KNOWN);
  return {
    activation: reader.choice('act', ['relu', 'gelu', 'none'], 'relu'),
    dropout: reader.number('dropout', 0.25),
    layerDropout: reader.number('trans_dropout', 0.1),
    norm: reader.norm(),
    bias: reader.flag('mil_bias', true),
    innerDim: reader.number('inner_dim', 512),
    layers: reader.number('n_layers', 2),
    regions: reader.number('region_num', 8),
    heads: reader.number('n_heads', 8),
    qkvBias: reader.flag('qkv_bias', true),
    taps: reader.flag('epeg', true) ? reader.number('epeg_k', 15) : null,
    crossRegions: 8,
    crossHeads: reader.number('crmsa_heads', 8),
    slots: reader.number('crmsa_k', 3),
    shortcut: reader.flag('all_shortcut', false),
    feedForward: reader.flag('ffn', false),
    feedForwardRatio: reader.number('mlp_ratio', 4),
    poolingActivation: reader.choice('da_act', ['relu', 'gelu', 'tanh'], 'relu'),
    poolingGated: reader.flag('da_gated', false),
    poolingBias: reader.flag('da_bias', false),
  };
}
