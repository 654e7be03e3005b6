import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type TensorRecord, toFloat32 } from '@slidestream/core';
import { describe, expect, test } from 'vitest';
import { isTensorRecord, readSafetensors, readStateDict, readTorch } from './index.js';

const shared = resolve(import.meta.dirname, '../../../../shared');
const folder = join(shared, 'vectors/files');
const present = existsSync(folder);
if (!present) process.stderr.write('skipped: golden PyTorch files, ../shared is absent\n');

describe.skipIf(!present)('files that PyTorch wrote', () => {
  const files = present ? readdirSync(join(folder, 'pt')).filter((file) => file.endsWith('.pt')) : [];

  test.each(files)('%s', async (file) => {
    const expected = toFloat32((await readSafetensors(join(folder, 'pt/expected.safetensors'))).get('f32') as TensorRecord);
    const value = await readTorch(join(folder, 'pt', file));
    const records = isTensorRecord(value) ? [value] : value instanceof Map ? [...value.values()].filter(isTensorRecord) : [];
    expect(records.length).toBeGreaterThan(0);
    if (file.startsWith('bag_empty')) {
      expect(records[0]?.shape).toEqual([0, 16]);
      return;
    }
    const record = records[0] as TensorRecord;
    expect(record.shape).toEqual(file.startsWith('bag_3d') ? [1, 23, 16] : [23, 16]);
    const got = toFloat32(record);
    const digits = file.includes('bf16') ? 2 ** -8 : file.includes('f16') ? 2 ** -11 : 0;
    for (const [i, want] of expected.entries()) expect(Math.abs((got[i] as number) - want)).toBeLessThanOrEqual(Math.abs(want) * digits);
  });

  test.each(['epoch_3_model.pt', 'fold_0_model_best.pt', 'fold_0_ema_model_best.pt'])('checkpoint %s', async (file) => {
    const info = JSON.parse(readFileSync(join(folder, 'info.json'), 'utf8')) as { ckpt: { model_keys: Record<string, number[]> } };
    const state = await readStateDict(join(folder, 'ckpt', file));
    const shapes = Object.fromEntries([...state].map(([name, record]) => [name.replace(/^module\./, ''), record.shape]));
    expect(shapes).toEqual(info.ckpt.model_keys);
  });
});

const weights = join(shared, 'data/weights/dsmil');
describe.skipIf(!existsSync(weights))('published checkpoints', () => {
  const files = existsSync(weights) ? readdirSync(weights).filter((file) => file.endsWith('.pth')) : [];
  test.each(files)('%s', async (file) => {
    const state = await readStateDict(join(weights, file));
    expect(state.size).toBeGreaterThan(3);
    for (const record of state.values()) expect(toFloat32(record).every(Number.isFinite)).toBe(true);
  });
});
