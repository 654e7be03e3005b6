import type { Dataset } from 'h5wasm/node';
import { wasmModule } from './hdf5-file.js';

/** The parts of the wasm library below its high-level interface, which knows no half floats. It cannot write them. */
interface LowLevel {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  get_dataset_data(fileId: bigint, path: string, count: null, offset: null, strides: null, pointer: bigint): number;
}

/** Whether a dataset holds half floats. */
export function isHalf(data: Dataset): boolean {
  const { type, size } = data.metadata;
  return type === 1 && size === 2;
}

/** The raw bits of a dataset of `count` half floats. */
export function readHalves(data: Dataset, count: number): Uint16Array {
  const module = wasmModule() as unknown as LowLevel;
  const pointer = module._malloc(Math.max(1, 2 * count));
  if (pointer === 0) throw new Error(`no memory for ${2 * count} bytes`);
  try {
    module.get_dataset_data(data.file_id, data.path, null, null, null, BigInt(pointer));
    // The heap may have moved: it is looked up again.
    const bits = new Uint16Array(module.HEAPU8.slice(pointer, pointer + 2 * count).buffer);
    return data.metadata.littleEndian ? bits : bits.map((value) => ((value & 0xff) << 8) | (value >>> 8));
  } finally {
    module._free(pointer);
  }
}
