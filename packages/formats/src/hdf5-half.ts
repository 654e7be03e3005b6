import { inflateSync } from 'node:zlib';
import type { Dataset } from 'h5wasm/node';
import { wasmModule } from './hdf5-file.js';

/** The parts of the wasm library below its high-level interface, which knows no half floats. */
interface LowLevel {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  get_dataset_data(fileId: bigint, path: string, count: null, offset: null, strides: null, pointer: bigint): number;
  set_dataset_data(fileId: bigint, path: string, count: bigint[], offset: bigint[], strides: bigint[], pointer: bigint): number;
}

/** Whether a dataset holds half floats. */
export function isHalf(data: Dataset): boolean {
  const { type, size } = data.metadata;
  return type === 1 && size === 2;
}

function withMemory<T>(bytes: number, use: (module: LowLevel, pointer: number) => T): T {
  const module = wasmModule() as unknown as LowLevel;
  const pointer = module._malloc(Math.max(1, bytes));
  if (pointer === 0) throw new Error(`no memory for ${bytes} bytes`);
  try {
    return use(module, pointer);
  } finally {
    module._free(pointer);
  }
}

/** The raw bits of a dataset of `count` half floats. */
export function readHalves(data: Dataset, count: number): Uint16Array {
  return withMemory(2 * count, (module, pointer) => {
    module.get_dataset_data(data.file_id, data.path, null, null, null, BigInt(pointer));
    // The heap may have moved: it is looked up again.
    const bits = new Uint16Array(module.HEAPU8.slice(pointer, pointer + 2 * count).buffer);
    return data.metadata.littleEndian ? bits : bits.map((value) => ((value & 0xff) << 8) | (value >>> 8));
  });
}

/**
 * A file of 1400 bytes with one dataset `feats`, half floats [0, 1], resizable, in chunks of 64 × 64, as h5py 3.16 writes it. The library cannot
 * create half floats, but it extends and fills them.
 */
const TEMPLATE =
  'eNrr9HBx4+WS4mIAAQ4OBhYGAQZk8B8KKlhR+TD5BCjNCKU7oPQKJpg4I1hOAiouCDUfXV1IkKsrSPV/NACzx4AFQnMwjIKRCDxcHQNAdASUD0ulJ5hQ1aWlJpYUI6VHDwrtZWRghZjFCONrQGgmRjR1qPkDBpiBKR8kJ6jAz8AEdTkXKwMXP1Q9KzBFg+SZmCEGckBzCjMTM8wIByAXhKE+rRjQeAj283cB5WhYPlRgHk2b5AAAduJGfw==';

/** A file with an empty half-float dataset `feats`, for `writeHdf5`. */
export function halfTemplate(): Uint8Array {
  return inflateSync(Buffer.from(TEMPLATE, 'base64'));
}

/** Fills the dataset of {@link halfTemplate} with the raw bits of half floats [rows, columns]. */
export function fillHalves(data: Dataset, bits: Uint16Array, shape: readonly [rows: number, columns: number]): void {
  data.resize([...shape]);
  if (bits.length === 0) return;
  withMemory(bits.byteLength, (module, pointer) => {
    module.HEAPU8.set(new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength), pointer);
    module.set_dataset_data(data.file_id, data.path, shape.map(BigInt), [0n, 0n], [1n, 1n], BigInt(pointer));
  });
}
