import type { Attribute, Dataset, GuessableDataTypes } from 'h5wasm/node';

/** What may stand in an attribute. */
export type AttributeValue = string | number | readonly number[];

/** Element type of an attribute. */
export type AttributeType = 'int64' | 'int32' | 'int16' | 'int8' | 'uint8' | 'float64' | 'float32' | 'text';

/** An attribute with its type, so that it can go back into a file as it came. */
export interface TypedAttribute {
  readonly type: AttributeType;
  readonly value: AttributeValue;
}

/** Attributes of a dataset or of a file, by name. */
export type TypedAttributes = Readonly<Record<string, TypedAttribute>>;

type Owner = Pick<Dataset, 'attrs'>;

const CODES: Readonly<Record<Exclude<AttributeType, 'text'>, string>> = {
  int64: '<q',
  int32: '<i',
  int16: '<h',
  int8: '<b',
  uint8: '<B',
  float64: '<d',
  float32: '<f',
};

function typeOf(attribute: Attribute, value: AttributeValue): AttributeType {
  if (typeof value === 'string') return 'text';
  const code = String(attribute.dtype).slice(1);
  const found = (Object.keys(CODES) as (keyof typeof CODES)[]).find((type) => CODES[type].slice(1) === code);
  if (found !== undefined) return found;
  // Types that have no word here (booleans, unsigned 64 bits) become the nearest that h5py writes.
  return attribute.metadata.type === 8 ? 'int8' : inferType(value);
}

function plainValue(value: unknown): AttributeValue | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  if (!ArrayBuffer.isView(value) && !Array.isArray(value)) return undefined;
  const items = Array.from(value as unknown as ArrayLike<number | bigint>);
  return items.every((item) => typeof item === 'number' || typeof item === 'bigint') ? items.map(Number) : undefined;
}

/** The attributes of a dataset or of the root that are numbers, lists of numbers or text, with their types. */
export function typedAttributesOf(owner: Owner): TypedAttributes {
  const found = Object.entries(owner.attrs).flatMap(([name, attribute]): [string, TypedAttribute][] => {
    const value = plainValue(attribute.value);
    return value === undefined ? [] : [[name, { type: typeOf(attribute, value), value }]];
  });
  return Object.fromEntries(found);
}

/** The values of attributes without their types. */
export function valuesOf(attributes: TypedAttributes): Readonly<Record<string, AttributeValue>> {
  return Object.fromEntries(Object.entries(attributes).map(([name, { value }]) => [name, value]));
}

/** The attributes of a dataset or of the root that are numbers, lists of numbers or text. */
export function attributesOf(owner: Owner): Readonly<Record<string, AttributeValue>> {
  return valuesOf(typedAttributesOf(owner));
}

/** The type that h5py gives a Python value: whole numbers `int64`, others `float64`. */
function inferType(value: AttributeValue): AttributeType {
  if (typeof value === 'string') return 'text';
  return (Array.isArray(value) ? value : [value]).every(Number.isInteger) ? 'int64' : 'float64';
}

/** Values with the types that h5py would give them. */
export function typed(values: Readonly<Record<string, AttributeValue | undefined>>): TypedAttributes {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, { type: inferType(value), value }] as const])),
  );
}

/** Writes attributes as h5py writes Python's: text as variable UTF-8, a single number as a scalar. */
export function setAttributes(owner: Pick<Dataset, 'create_attribute'>, attributes: TypedAttributes): void {
  for (const [name, { type, value }] of Object.entries(attributes)) {
    if (type === 'text') owner.create_attribute(name, String(value));
    else {
      const cast = (item: number): number | bigint => (type === 'int64' ? BigInt(item) : item);
      const data = Array.isArray(value) ? (value as readonly number[]).map(cast) : cast(value as number);
      owner.create_attribute(name, data as unknown as GuessableDataTypes, Array.isArray(value) ? [value.length] : null, CODES[type]);
    }
  }
}
