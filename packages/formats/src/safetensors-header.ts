import type { DType } from '@slidestream/core';
import { elementCount, itemSize } from './element-bytes.js';
import { formatError } from './format-error.js';
import { duplicateKey } from './json-keys.js';

const DTYPES: ReadonlyMap<string, DType> = new Map([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['I32', 'int32'],
  ['I16', 'int16'],
  ['I8', 'int8'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);

/** safetensors' name of a dtype, `F32`. */
export const safetensorsNames: ReadonlyMap<DType, string> = new Map([...DTYPES].map(([name, dtype]) => [dtype, name]));

/** The header's limit in the format's own library. */
export const MAX_HEADER_BYTES = 100_000_000;

/** Where one tensor lies. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Byte range behind the header. */
  readonly start: number;
  readonly end: number;
}

/** A checked header. */
export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads and checks a header: no duplicate keys, known types, sizes that fit shapes, ranges without holes or overlaps that end where the data end.
 *
 * @param dataBytes - length of what follows the header
 * @throws SlidestreamError `format/safetensors-*`
 */
export function parseSafetensorsHeader(header: Uint8Array, dataBytes: number, file: string | undefined): SafetensorsHeader {
  const fail = (code: string, message: string, cause?: unknown): Error =>
    formatError(`safetensors-${code}`, message, { file }, undefined, cause);
  if (header[0] !== 0x7b) throw fail('header', 'the header does not start with {');
  let text: string;
  let json: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(header);
    json = JSON.parse(text);
  } catch (cause) {
    throw fail('header', 'the header is not JSON', cause);
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) throw fail('duplicate', `${JSON.stringify(twice)} occurs twice in the header`);
  let metadata: Readonly<Record<string, string>> = {};
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(json as object)) {
    if (name === '__metadata__') {
      metadata = checkMetadata(value, fail);
      continue;
    }
    entries.push(checkEntry(name, value, fail));
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  for (const entry of entries) {
    if (entry.start !== at) throw fail('layout', `tensor ${entry.name} starts at ${entry.start}, the one before ends at ${at}`);
    at = entry.end;
  }
  if (at !== dataBytes) throw fail('truncated', `the tensors take ${at} bytes, the file holds ${dataBytes}`);
  return { entries, metadata };
}

type Fail = (code: string, message: string) => Error;

function checkMetadata(value: unknown, fail: Fail): Readonly<Record<string, string>> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : undefined;
  if (entries === undefined || !entries.every(([, item]) => typeof item === 'string'))
    throw fail('header', '__metadata__ is not text by name');
  return Object.fromEntries(entries) as Record<string, string>;
}

function checkEntry(name: string, value: unknown, fail: Fail): SafetensorsEntry {
  const { dtype: type, shape, data_offsets: range } = (value ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
  const dtype = typeof type === 'string' ? DTYPES.get(type) : undefined;
  if (dtype === undefined) throw fail('dtype', `tensor ${name} has the type ${JSON.stringify(type)?.slice(0, 40)}, which is not supported`);
  const count = Array.isArray(shape) ? elementCount(shape) : undefined;
  if (count === undefined) throw fail('shape', `tensor ${name} has no usable shape`);
  const [start, end] = Array.isArray(range) && range.length === 2 ? (range as readonly unknown[]) : [];
  if (
    typeof start !== 'number' ||
    typeof end !== 'number' ||
    !Number.isSafeInteger(start) ||
    !Number.isSafeInteger(end) ||
    start < 0 ||
    end < start
  ) {
    throw fail('layout', `tensor ${name} has no usable byte range`);
  }
  if (count * itemSize(dtype) !== end - start) {
    throw fail('shape', `tensor ${name}: ${count} elements of ${dtype} do not fill ${end - start} bytes`);
  }
  return { name, dtype, shape: shape as number[], start, end };
}
