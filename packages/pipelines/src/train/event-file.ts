import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ioError } from '@slidestream/core/node';
import { crc32c } from '@slidestream/lmdb-io';

/** Scalars as TensorBoard reads them. */
export interface EventFile {
  /** Adds named values of one step. */
  scalars(step: number, values: Readonly<Record<string, number | null>>): Promise<void>;
  close(): Promise<void>;
}

/**
 * A new TensorBoard event file in `folder`; TensorBoard shows all files of a folder as one run, so a resumed run adds another.
 *
 * @throws SlidestreamError `io/*`
 */
export async function openEventFile(folder: string): Promise<EventFile> {
  const seconds = Date.now() / 1000;
  const path = join(folder, `events.out.tfevents.${Math.floor(seconds)}.${hostname()}.${process.pid}`);
  let file: FileHandle;
  const write = async (event: Uint8Array): Promise<void> => {
    try {
      await file.appendFile(record(event));
    } catch (error) {
      throw ioError(error, path);
    }
  };
  try {
    await mkdir(folder, { recursive: true });
    file = await open(path, 'a');
  } catch (error) {
    throw ioError(error, path);
  }
  await write(concatenate([double(1, seconds), bytes(3, Buffer.from('brain.Event:2'))]));
  return {
    scalars: (step, values) => {
      const finite = Object.entries(values).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
      const summary = concatenate(finite.map(([tag, value]) => bytes(1, concatenate([bytes(1, Buffer.from(tag)), float(2, value)]))));
      return write(concatenate([double(1, Date.now() / 1000), varint(2, step), bytes(5, summary)]));
    },
    close: () => file.close(),
  };
}

/** TFRecord framing: length, its masked CRC-32C, the data, its masked CRC-32C. */
function record(data: Uint8Array): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true);
  return concatenate([length, masked(length), data, masked(data)]);
}

function masked(data: Uint8Array): Uint8Array {
  const crc = crc32c(data);
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0, true);
  return out;
}

/** Protocol-buffer fields: a tag of number and wire type, then the value. */
function varint(field: number, value: number): Uint8Array {
  return concatenate([Uint8Array.of(field << 3), varintBytes(value)]);
}

function double(field: number, value: number): Uint8Array {
  const out = new DataView(new ArrayBuffer(9));
  out.setUint8(0, (field << 3) | 1);
  out.setFloat64(1, value, true);
  return new Uint8Array(out.buffer);
}

function float(field: number, value: number): Uint8Array {
  const out = new DataView(new ArrayBuffer(5));
  out.setUint8(0, (field << 3) | 5);
  out.setFloat32(1, value, true);
  return new Uint8Array(out.buffer);
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return concatenate([Uint8Array.of((field << 3) | 2), varintBytes(value.length), value]);
}

function varintBytes(value: number): Uint8Array {
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...out, rest]);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
