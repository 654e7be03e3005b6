import type { NormName } from './bag-norm.js';
import type { ReferenceOptions } from './head.js';
import { optionsSchema } from './options-schema.js';
import { ReferenceReader } from './reference-options.js';
import { options as describe } from './shared-options.js';

/** Options of {@link abmilx}. */
export interface AbmilxOptions {
  readonly activation: 'relu' | 'gelu' | 'none';
  readonly dropout: number;
  readonly norm: NormName;
  readonly bias: boolean;
  readonly innerDim: number;
  readonly heads: number;
  readonly projectionDropout: number;
  readonly scores: 'mlp' | 'gated';
  readonly scoreDim: number | null;
  readonly scoreBias: boolean;
  readonly refine: boolean;
  readonly refinementScale: 'head' | 'width';
  readonly joint: boolean;
  readonly feedForward: boolean;
  readonly feedForwardNorm: boolean | null;
}

/** The class defaults of the paper's code. */
export const abmilxDefaults: AbmilxOptions = {
  activation: 'gelu',
  dropout: 0.25,
  norm: 'none',
  bias: false,
  innerDim: 512,
  heads: 8,
  projectionDropout: 0,
  scores: 'mlp',
  scoreDim: null,
  scoreBias: false,
  refine: true,
  refinementScale: 'head',
  joint: false,
  feedForward: false,
  feedForwardNorm: null,
};

/** Schema of {@link AbmilxOptions}. */
export const abmilxSchema = optionsSchema<AbmilxOptions>({
  activation: { enum: ['relu', 'gelu', 'none'], default: 'gelu', description: 'Activation of the embedding' },
  dropout: describe.dropout(0.25),
  norm: describe.norm,
  bias: describe.bias(false),
  innerDim: describe.innerDim,
  heads: describe.headCount,
  projectionDropout: {
    type: 'number',
    minimum: 0,
    exclusiveMaximum: 1,
    default: 0,
    description: 'Drop rate of the projected bag vector in training',
  },
  scores: { enum: ['mlp', 'gated'], default: 'mlp', description: 'Network that scores instances' },
  scoreDim: {
    type: ['integer', 'null'],
    minimum: 1,
    default: null,
    description: 'Hidden width of the score network; null is the width that it sees',
  },
  scoreBias: { type: 'boolean', default: false, description: 'Biases in the score network' },
  refine: { type: 'boolean', default: true, description: 'Refine scores by similarity between instances, O(N²) time' },
  refinementScale: {
    enum: ['head', 'width'],
    default: 'head',
    description: 'Scale query–key products by 1/√ of the head width or of the width of the score network’s input',
  },
  joint: { type: 'boolean', default: false, description: 'Score and refine from the whole embedding instead of per head' },
  feedForward: { type: 'boolean', default: false, description: 'Residual two-layer block on the bag vector' },
  feedForwardNorm: {
    type: ['boolean', 'null'],
    default: null,
    description: 'Layer norm in front of the feed-forward block; null is yes exactly when norm is none',
  },
});

const KNOWN = [
  'dropout',
  'act',
  'mil_norm',
  'mil_bias',
  'inner_dim',
  'n_heads',
  'proj_drop',
  'D',
  'attn_type',
  'attn_bias',
  'attn_plus',
  'ffn',
  'sdpa_type',
  'pad_v',
  'attn_plus_embed_new',
];

/** Translates the reference's options; `sdpa_type` and `pad_v` choose kernels and change numbers only where `math` meets joint heads. */
export function abmilxFromReference(given: ReferenceOptions): Partial<AbmilxOptions> {
  const reader = new ReferenceReader('abmilx', given, KNOWN);
  const innerDim = reader.number('inner_dim', 512);
  const heads = reader.number('n_heads', 8);
  const joint = reader.flag('attn_plus_embed_new', false);
  const kernel = reader.choice('sdpa_type', ['torch', 'flash', 'math', 'memo_effi', 'torch_math'], 'torch');
  // `mlp` and its spellings in the vectors; `sa` and `ca` are values of another head's option that the command line passes on.
  const scores = reader.choice('attn_type', ['mlp', 'mlp_gated', 'sa', 'ca'], 'mlp') === 'mlp_gated' ? 'gated' : 'mlp';
  return {
    activation: reader.choice('act', ['relu', 'gelu', 'none'], 'gelu'),
    dropout: reader.number('dropout', 0.25),
    norm: reader.norm(),
    bias: reader.flag('mil_bias', false),
    innerDim,
    heads,
    projectionDropout: reader.number('proj_drop', 0),
    scores,
    scoreDim: reader.has('D') ? scoreDim(reader.number('D', 0), joint, innerDim, heads) : null,
    scoreBias: reader.flag('attn_bias', false),
    refine: reader.flag('attn_plus', true),
    refinementScale: kernel === 'math' ? 'width' : 'head',
    joint,
    feedForward: reader.flag('ffn', false),
    // Unset keeps this norm, the string `none` removes it (SPEC §17, 27).
    feedForwardNorm: !reader.has('mil_norm'),
  };
}

/** `D` is a divisor up to 10 and an absolute width over all heads above. */
function scoreDim(value: number, joint: boolean, innerDim: number, heads: number): number {
  const seen = joint ? innerDim : Math.floor(innerDim / heads);
  if (value <= 10) return Math.floor(seen / value);
  return joint ? Math.trunc(value) : Math.floor(Math.trunc(value) / heads);
}
