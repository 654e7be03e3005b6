import type { HeadSpec, OptionsSchema } from './head.js';
import { badOption, unknownOption } from './head-errors.js';

/** One option: a JSON Schema of a scalar. */
export interface OptionSchema {
  readonly type?: 'number' | 'integer' | 'boolean' | 'string' | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly description: string;
}

/** A JSON Schema of a head's options that refuses every other key. */
export function optionsSchema<Options extends object>(properties: { readonly [K in keyof Options]-?: OptionSchema }): OptionsSchema {
  return Object.freeze({ type: 'object', additionalProperties: false, properties: Object.freeze(properties) });
}

/**
 * `options` as they are when the spec's schema allows them.
 *
 * @throws SlidestreamError `heads/unknown-option`, `heads/bad-option`
 */
export function checkOptions(spec: Pick<HeadSpec, 'name' | 'schema'>, options: Readonly<Record<string, unknown>>): object {
  const properties = (spec.schema.properties ?? {}) as Readonly<Record<string, OptionSchema>>;
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(properties, name)) throw unknownOption(spec.name, name, Object.keys(properties));
    const problem = problemOf(value, properties[name] as OptionSchema);
    if (problem !== null) throw badOption(spec.name, name, `${problem}, got ${JSON.stringify(value)}`);
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function problemOf(value: unknown, schema: OptionSchema): string | null {
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return `must be one of ${schema.enum.map((v) => JSON.stringify(v)).join(', ')}`;
  const types = schema.type === undefined ? [] : typeof schema.type === 'string' ? [schema.type] : schema.type;
  if (types.length > 0 && !types.some((type) => hasType(value, type))) return `must be ${types.join(' or ')}`;
  if (typeof value !== 'number') return null;
  if (schema.minimum !== undefined && value < schema.minimum) return `must be at least ${schema.minimum}`;
  if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum) return `must be above ${schema.exclusiveMinimum}`;
  if (schema.maximum !== undefined && value > schema.maximum) return `must be at most ${schema.maximum}`;
  if (schema.exclusiveMaximum !== undefined && value >= schema.exclusiveMaximum) return `must be below ${schema.exclusiveMaximum}`;
  return null;
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'null') return value === null;
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value);
  return typeof value === type;
}
