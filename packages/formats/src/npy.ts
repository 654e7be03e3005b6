import type { TensorRecord } from '@slidestream/core';
import { NumpyArray, NumpyDType, PickleRefusal } from '@slidestream/pickle';
import { openByteSource } from './byte-source.js';
import { elementCount, toBytes } from './element-bytes.js';
import { formatError } from './format-error.js';
import { numpyToRecord } from './numpy-record.js';

const HEADER = /^\{\s*'descr':\s*'([^']{1,16})',\s*'fortran_order':\s*(True|False),\s*'shape':\s*\(([\d,\s]*)\),?\s*\}\s*$/;

interface NpyHeader {
  readonly dtype: NumpyDType;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  readonly dataStart: number;
  readonly dataBytes: number;
}

function parseHeader(bytes: Uint8Array, file: string | undefined): NpyHeader {
  const fail = (message: string): Error => formatError('npy-header', message, { file, offset: 0 });
  const magic = String.fromCharCode(...bytes.subarray(1, 6));
  const version = bytes[6];
  if (bytes.length < 12 || bytes[0] !== 0x93 || magic !== 'NUMPY') throw fail('the file is no npy file');
  if (version !== 1 && version !== 2 && version !== 3) throw fail(`npy version ${version} is not known`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length || length > 65_536) throw fail('the header is cut off or too long');
  const match = HEADER.exec(new TextDecoder('latin1').decode(bytes.subarray(start, start + length)));
  if (match === null) throw fail('the header is not of an array of plain numbers');
  const shape = (match[3] as string)
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const count = elementCount(shape);
  if (count === undefined || shape.length > 32) throw fail('the shape cannot be');
  const dtype = NumpyDType.parse(match[1] as string);
  return { dtype, fortranOrder: match[2] === 'True', shape, dataStart: start + length, dataBytes: count * dtype.itemSize };
}

/** An npy file's bytes as a record. @throws SlidestreamError `format/npy-*`, `format/dtype` */
export function decodeNpy(bytes: Uint8Array, file?: string): TensorRecord {
  try {
    const { dtype, fortranOrder, shape, dataStart, dataBytes } = parseHeader(bytes, file);
    if (bytes.length - dataStart !== dataBytes) {
      throw formatError('npy-truncated', `the array needs ${dataBytes} bytes, the file has ${bytes.length - dataStart}`, {
        file,
        offset: dataStart,
      });
    }
    return numpyToRecord(new NumpyArray().assign(dtype, Object.freeze([...shape]), fortranOrder, bytes.subarray(dataStart)), file);
  } catch (error) {
    if (error instanceof PickleRefusal) throw formatError('dtype', error.message, { file }, undefined, error);
    throw error;
  }
}

/** Reads an `.npy` file. @throws SlidestreamError `format/npy-*`, `format/dtype`, `io/*` */
export async function readNpy(source: string | Uint8Array): Promise<TensorRecord> {
  using bytes = openByteSource(source);
  return decodeNpy(bytes.read(0, bytes.size), bytes.file);
}

const DESCRIPTIONS: Partial<Record<TensorRecord['dtype'], string>> = {
  float64: '<f8',
  float32: '<f4',
  float16: '<f2',
  int64: '<i8',
  int32: '<i4',
  int16: '<i2',
  int8: '|i1',
  uint8: '|u1',
  bool: '|b1',
};

/** An npy file's bytes, version 1.0. @throws RangeError for bfloat16, which numpy lacks */
export function encodeNpy(record: TensorRecord): Uint8Array {
  const descr = DESCRIPTIONS[record.dtype];
  if (descr === undefined) throw new RangeError(`numpy has no ${record.dtype}`);
  const shape = record.shape.length === 1 ? `(${record.shape[0]},)` : `(${record.shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const body = toBytes(record, 'array');
  const out = new Uint8Array(10 + length + body.length);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 0xff, length >> 8]);
  out.set(new TextEncoder().encode(`${text.padEnd(length - 1)}\n`), 10);
  out.set(body, 10 + length);
  return out;
}
