import { readFile } from 'node:fs/promises';
import type { DType, StateDict, TensorRecord } from '@slidestream/core';

/** Reads the float32 and int64 tensors of a trusted safetensors file. */
export async function readTensors(path: string): Promise<StateDict> {
  const bytes = await readFile(path);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, TensorRecord>();
  for (const [name, { dtype, shape, data_offsets }] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [start, end] = data_offsets.map((offset) => 8 + length + offset) as [number, number];
    const body = new Uint8Array(bytes.subarray(start, end)).buffer;
    const types: Record<string, [DType, TensorRecord['data']]> = {
      F32: ['float32', dtype === 'F32' ? new Float32Array(body) : new Float32Array(0)],
      I64: ['int64', dtype === 'I64' ? new BigInt64Array(body) : new BigInt64Array(0)],
    };
    const found = types[dtype];
    if (found === undefined) throw new Error(`tensor type ${dtype}`);
    tensors.set(name, { dtype: found[0], shape, data: found[1] });
  }
  return tensors;
}
