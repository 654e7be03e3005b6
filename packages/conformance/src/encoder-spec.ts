import { type EncoderSpec, encoders, swinSpec, vitSpec } from '@slidestream/backbones';
import { UnknownCase } from './conformance-case.js';

/** Options of an encoder case as recorded, under the reference's names. */
export type EncoderOptions = Readonly<Record<string, unknown>>;

/**
 * The encoder that a case is about: one of ours by name, or of a family (`vit`, `swin`, or one of its members) in other sizes.
 *
 * @param names - tensors of the case's weights, which tell what options leave open
 * @throws UnknownCase for an option that is not known
 */
export function encoderSpecOf(encoder: string, options: EncoderOptions, names: ReadonlySet<string>): EncoderSpec {
  if (Object.keys(options).length === 0) return encoders.get(encoder);
  if (VITS.has(encoder)) return vitOf(encoder, new Options(options), names);
  if (SWINS.has(encoder)) return swinOf(encoder, new Options(options));
  throw new UnknownCase(`options ${Object.keys(options).join(', ')} of encoder "${encoder}"`);
}

/** Whether the encoder is a transformer, whose gradients have no kinks. */
export function isTransformer(encoder: string): boolean {
  return VITS.has(encoder) || SWINS.has(encoder);
}

const VITS: ReadonlySet<string> = new Set(['vit', 'uni', 'gigap']);
const SWINS: ReadonlySet<string> = new Set(['swin', 'chief']);

function vitOf(name: string, options: Options, names: ReadonlySet<string>): EncoderSpec {
  const scale = options.number('init_values');
  const spec = {
    name,
    summary: `${name} of a golden vector`,
    embedDim: options.required('embed_dim'),
    depth: options.required('depth'),
    heads: options.required('num_heads'),
    imageSizePx: options.number('img_size'),
    patchSizePx: options.number('patch_size'),
    mlpRatio: options.number('mlp_ratio'),
    mlp: options.choice('mlp', { mlp: 'mlp', gelu: 'mlp', 'swiglu-packed': 'swiglu-packed', swiglu: 'swiglu' }),
    activation: options.choice('act', { gelu: 'gelu', silu: 'silu', relu: 'relu' }),
    layerScale: names.has('blocks.0.ls1.gamma') ? (scale ?? 1e-5) : null,
    registers: options.number('reg_tokens'),
    classToken: options.flag('class_token') ?? names.has('cls_token'),
    positionsForAll: !(options.flag('no_embed_class') ?? false),
    pool: options.choice('pool', { token: 'token', mean: 'mean', avg: 'mean' }),
    lastNorm: names.has('fc_norm.weight') ? 'fc_norm' : 'norm',
    epsilon: options.number('norm_eps'),
    qkvBias: options.flag('qkv_bias') ?? names.has('blocks.0.attn.qkv.bias'),
  } as const;
  // positions are resampled whenever they must be, so that this asks for nothing more
  options.flag('dynamic_img_size');
  options.refuseOthers();
  return vitSpec(spec);
}

function swinOf(name: string, options: Options): EncoderSpec {
  options.choice('pool', { mean: 'mean', avg: 'mean' });
  const spec = {
    name,
    summary: `${name} of a golden vector`,
    imageSizePx: options.number('img_size'),
    patchSizePx: options.number('patch_size'),
    window: options.number('window') ?? options.number('window_size'),
    embedDim: options.number('embed_dim'),
    depths: options.list('depths'),
    heads: options.list('num_heads'),
    mlpRatio: options.number('mlp_ratio'),
    stem: options.choice('stem', { conv: 'conv', patch: 'patch' }) ?? (name === 'chief' ? 'conv' : 'patch'),
    qkvBias: options.flag('qkv_bias'),
    epsilon: options.number('norm_eps'),
    // a case can only be held against what is not drawn at random
    dropPath: options.number('drop_path_rate') ?? 0,
  } as const;
  options.refuseOthers();
  return swinSpec(spec);
}

/** Reads options and remembers which were asked for. */
class Options {
  readonly #options: EncoderOptions;
  readonly #asked = new Set<string>();

  constructor(options: EncoderOptions) {
    this.#options = options;
  }

  number(key: string): number | undefined {
    return this.#read(key, (value): value is number => typeof value === 'number');
  }

  required(key: string): number {
    const value = this.number(key);
    if (value === undefined) throw new UnknownCase(`the case has no option ${key}`);
    return value;
  }

  flag(key: string): boolean | undefined {
    return this.#read(key, (value): value is boolean => typeof value === 'boolean');
  }

  list(key: string): readonly number[] | undefined {
    return this.#read(key, (value): value is readonly number[] => Array.isArray(value) && value.every((item) => typeof item === 'number'));
  }

  choice<T extends string>(key: string, choices: Readonly<Record<string, T>>): T | undefined {
    const value = this.#read(key, (text): text is string => typeof text === 'string' && text in choices);
    return value === undefined ? undefined : choices[value];
  }

  refuseOthers(): void {
    const others = Object.keys(this.#options).filter((key) => !this.#asked.has(key));
    if (others.length > 0) throw new UnknownCase(`options ${others.join(', ')}`);
  }

  #read<T>(key: string, fits: (value: unknown) => value is T): T | undefined {
    this.#asked.add(key);
    const value = this.#options[key];
    if (value === undefined || value === null) return undefined;
    if (!fits(value)) throw new UnknownCase(`option ${key} = ${JSON.stringify(value)}`);
    return value;
  }
}
