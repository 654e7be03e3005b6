import { open } from 'node:fs/promises';
import type { StateDict, TensorRecord } from '@slidestream/core';
import { writeAtomically } from '@slidestream/core/node';
import { type ByteSource, openByteSource } from './byte-source.js';
import { toBytes, toTensorData } from './element-bytes.js';
import { formatError } from './format-error.js';
import { MAX_HEADER_BYTES, parseSafetensorsHeader, type SafetensorsHeader, safetensorsNames } from './safetensors-header.js';

function readHeader(source: ByteSource): { header: SafetensorsHeader; dataStart: number } {
  const { file, size } = source;
  if (size < 8) throw formatError('safetensors-truncated', `the file has ${size} bytes`, { file });
  const first = source.read(0, 8);
  const length = new DataView(first.buffer).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES))
    throw formatError('safetensors-header', `a header of ${length} bytes is announced`, { file, offset: 0 });
  if (8 + Number(length) > size) {
    throw formatError('safetensors-truncated', `a header of ${length} bytes is announced, the file has ${size}`, { file, offset: 0 });
  }
  const dataStart = 8 + Number(length);
  return { header: parseSafetensorsHeader(source.read(8, Number(length)), size - dataStart, file), dataStart };
}

/**
 * Reads every tensor of a safetensors file, in the order in which they lie.
 *
 * @param source - a path, or the file's bytes
 * @throws SlidestreamError `format/safetensors-*`, `io/*`
 */
export async function readSafetensors(source: string | Uint8Array): Promise<StateDict> {
  using bytes = openByteSource(source);
  const { header, dataStart } = readHeader(bytes);
  const tensors = new Map<string, TensorRecord>();
  for (const { name, dtype, shape, start, end } of header.entries) {
    tensors.set(name, { dtype, shape, data: toTensorData(dtype, bytes.read(dataStart + start, end - start)) });
  }
  return tensors;
}

/** Names, types, shapes and metadata without the tensors. @throws SlidestreamError `format/safetensors-*`, `io/*` */
export async function readSafetensorsHeader(source: string | Uint8Array): Promise<SafetensorsHeader> {
  using bytes = openByteSource(source);
  return readHeader(bytes).header;
}

function layOut(
  tensors: StateDict,
  metadata: Readonly<Record<string, string>> | undefined,
): { header: Uint8Array; bodies: readonly Uint8Array[] } {
  const table: Record<string, unknown> = {};
  if (metadata !== undefined && Object.keys(metadata).length > 0) table.__metadata__ = metadata;
  const bodies: Uint8Array[] = [];
  let at = 0;
  const entries: [string, unknown][] = [];
  for (const [name, record] of tensors) {
    const body = toBytes(record, name);
    if (name === '__metadata__') throw new RangeError('a tensor cannot be called __metadata__');
    entries.push([name, { dtype: safetensorsNames.get(record.dtype), shape: record.shape, data_offsets: [at, at + body.length] }]);
    bodies.push(body);
    at += body.length;
  }
  const json = JSON.stringify({ ...table, ...Object.fromEntries(entries) });
  const text = new TextEncoder().encode(json);
  // Padded with spaces so that the data start on a multiple of eight.
  const padded = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(padded.buffer).setBigUint64(0, BigInt(padded.length - 8), true);
  padded.set(text, 8);
  return { header: padded, bodies };
}

/** A safetensors file's bytes. @throws RangeError when data, dtype and shape of a record disagree */
export function encodeSafetensors(tensors: StateDict, metadata?: Readonly<Record<string, string>>): Uint8Array {
  const { header, bodies } = layOut(tensors, metadata);
  const out = new Uint8Array(bodies.reduce((sum, body) => sum + body.length, header.length));
  let at = header.length;
  out.set(header);
  for (const body of bodies) {
    out.set(body, at);
    at += body.length;
  }
  return out;
}

/**
 * Writes tensors to `path`, complete or not at all, without a second copy in memory.
 *
 * @throws SlidestreamError `io/*`
 */
export async function writeSafetensors(path: string, tensors: StateDict, metadata?: Readonly<Record<string, string>>): Promise<void> {
  const { header, bodies } = layOut(tensors, metadata);
  await writeAtomically(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      for (const part of [header, ...bodies]) await file.writeFile(part);
    } finally {
      await file.close();
    }
  });
}
