import type { ReferenceOptions } from './reference-options.js';

/** A head's options under our names, from the reference's command line (SPEC §11.0; its defaults differ from its classes'). */
export function headOptions(name: string, options: ReferenceOptions): Record<string, unknown> {
  const activation = options.text('act', 'relu');
  const dropout = options.number('dropout', 0.25);
  const norm = options.text('mil_norm', 'none');
  const bias = options.flag('mil_bias') || !options.flag('no_mil_bias');
  const innerDim = options.number('inner_dim', 512);
  switch (name) {
    case 'abmil':
      return {
        activation: activation === 'gelu' ? 'gelu' : 'relu',
        // Only whether it is zero counts in the reference (defect 29).
        dropout: dropout === 0 ? 0 : 0.25,
        norm,
        bias,
        innerDim,
        positions: options.text('pos', 'none') === 'sincos' ? 'sincos' : 'none',
      };
    case 'abmilx': {
      const heads = options.number('n_heads', 8);
      const joint = options.flag('abx_attn_plus_embed_new');
      const scoreDim = scoreWidth(options.optionalNumber('abx_D'), { innerDim, heads, joint });
      return {
        activation,
        dropout,
        norm,
        bias,
        innerDim,
        heads,
        ...(scoreDim === undefined ? {} : { scoreDim }),
        scoreBias: options.flag('abx_attn_bias'),
        refine: options.flag('abx_attn_plus'),
        joint,
        feedForward: options.flag('ffn'),
      };
    }
    default:
      return {};
  }
}

/** Hidden width of the score network: up to 10 a divisor, above it an absolute width over all heads (SPEC §11.3). */
function scoreWidth(
  given: number | undefined,
  { innerDim, heads, joint }: { readonly innerDim: number; readonly heads: number; readonly joint: boolean },
): number | undefined {
  if (given === undefined) return undefined;
  const width = joint ? innerDim : Math.floor(innerDim / heads);
  if (given > 10) return joint ? Math.trunc(given) : Math.floor(Math.trunc(given) / heads);
  return Math.floor(width / given);
}
