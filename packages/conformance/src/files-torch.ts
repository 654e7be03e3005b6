import { basename, dirname, join } from 'node:path';
import { type TensorRecord, toFloat32 } from '@slidestream/core';
import { encodeTorch, isTensorRecord, readSafetensors, readTorch, type TorchValue } from '@slidestream/formats';
import { Comparison } from './comparison.js';
import { type CaseFile, type CaseResult, UnknownCase } from './conformance-case.js';

/** The tensors of a value by name. */
function tensorsOf(value: TorchValue): ReadonlyMap<string, TensorRecord> {
  if (isTensorRecord(value)) return new Map([['tensor', value]]);
  const found = new Map<string, TensorRecord>();
  if (value instanceof Map) for (const [key, item] of value) if (isTensorRecord(item)) found.set(String(key), item);
  return found;
}

/** Reads a bag that PyTorch saved; what is written from it is read back the same. */
export async function runTorchFile(caseFile: CaseFile): Promise<CaseResult> {
  const expected = await readSafetensors(join(dirname(caseFile.path), 'expected.safetensors'));
  const name = basename(caseFile.path);
  const key = name.includes('bf16') ? 'bf16_as_f32' : name.includes('f16') ? 'f16_as_f32' : 'f32';
  const want = expected.get(key);
  if (want === undefined) throw new UnknownCase(`expected.safetensors has no ${key}`);
  const value = await readTorch(caseFile.path);
  const comparison = new Comparison();
  const tensors = tensorsOf(value);
  if (tensors.size === 0) comparison.fail('the file holds no tensor');
  const bags = [...tensors].filter(
    ([tensor, record]) => tensors.size === 1 || /feat|tensor|x|f32/.test(tensor) || record.data.length === want.data.length,
  );
  for (const [tensor, record] of bags) {
    const empty = name.startsWith('bag_empty');
    const shape = name.startsWith('bag_3d') ? [1, ...want.shape] : empty ? [0, want.shape[1]] : want.shape;
    comparison.equal(`${tensor}.shape`, record.shape, shape);
    comparison.close(tensor, toFloat32(record), empty ? [] : toFloat32(want), { absolute: 0 });
  }
  const again = tensorsOf(await readTorch(encodeTorch(value)));
  for (const [tensor, record] of tensors) {
    comparison.equal(`${tensor} written`, [again.get(tensor)?.dtype, again.get(tensor)?.shape], [record.dtype, record.shape]);
    comparison.close(`${tensor} written`, toFloat32(again.get(tensor) as TensorRecord), toFloat32(record), { absolute: 0 });
  }
  return comparison.result(caseFile);
}
