import type { ReferenceOptions } from './head.js';
import { optionsSchema } from './options-schema.js';
import { ReferenceReader } from './reference-options.js';
import { options as describe } from './shared-options.js';

/** Options of {@link clamSb} and {@link clamMb}. */
export interface ClamOptions {
  readonly activation: 'relu' | 'gelu';
  readonly dropout: number;
  readonly bias: boolean;
  readonly innerDim: number;
  readonly gated: boolean;
  readonly attention: 'small' | 'big';
  readonly instances: number;
  readonly subtyping: boolean;
}

/** Defaults of {@link ClamOptions}. */
export const clamDefaults: ClamOptions = {
  activation: 'relu',
  dropout: 0,
  bias: true,
  innerDim: 512,
  gated: true,
  attention: 'small',
  instances: 8,
  subtyping: false,
};

/** Schema of {@link ClamOptions}. */
export const clamSchema = optionsSchema<ClamOptions>({
  activation: { enum: ['relu', 'gelu'], default: 'relu', description: 'Activation of the embedding' },
  dropout: describe.dropout(0),
  bias: {
    type: 'boolean',
    default: true,
    description: 'Biases of embedding and classifiers; attention and instance classifiers always have them',
  },
  innerDim: describe.innerDim,
  gated: { type: 'boolean', default: true, description: 'Gated attention instead of a plain hidden layer' },
  attention: { enum: ['small', 'big'], default: 'small', description: 'Hidden width of the attention: 256 or 384' },
  instances: {
    type: 'integer',
    minimum: 1,
    default: 8,
    description: 'Most and least attended instances that are clustered; bags that are shorter give all they have',
  },
  subtyping: { type: 'boolean', default: false, description: 'Classes exclude each other: also cluster under the other classes' },
});

/** The reference's options. */
export function clamFromReference(head: string, given: ReferenceOptions): Partial<ClamOptions> {
  const known = ['gate', 'size_arg', 'dropout', 'k_sample', 'subtyping', 'act', 'mil_bias', 'mil_norm', 'inner_dim'];
  const reader = new ReferenceReader(head, given, known);
  // mil_norm is taken and dropped (SPEC §17, 28).
  reader.norm();
  return {
    activation: reader.choice('act', ['relu', 'gelu', 'none'], 'relu') === 'gelu' ? 'gelu' : 'relu',
    dropout: reader.number('dropout', 0),
    bias: reader.flag('mil_bias', true),
    innerDim: reader.number('inner_dim', 512),
    gated: reader.flag('gate', true),
    attention: reader.choice('size_arg', ['small', 'big'], 'small'),
    instances: reader.number('k_sample', 8),
    subtyping: reader.flag('subtyping', false),
  };
}
