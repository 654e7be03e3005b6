import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TensorRecord } from '@slidestream/core';
import { afterAll, describe, expect, test } from 'vitest';
import { readClamCoords, readFeatures, readNpz, readStateDict, writeClamCoords, writeFeatures, writeTorch } from './index.js';

const python = process.env.SLIDESTREAM_PYTHON ?? 'python3';
const has = (module: string): boolean => {
  const found = spawnSync(python, ['-c', `import ${module}`]).status === 0;
  if (!found) process.stderr.write(`skipped: comparison with Python's ${module}, which is absent\n`);
  return found;
};
const work = mkdtempSync(join(tmpdir(), 'slidestream-py-'));
afterAll(() => rmSync(work, { recursive: true }));

function runPython(script: string): string {
  const result = spawnSync(python, ['-c', script], { encoding: 'utf8', cwd: work });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout;
}

describe.skipIf(!has('h5py'))('h5py', () => {
  test('reads our coordinates and features in their own types', async () => {
    const input = {
      coords: [0, 0, 256, 512],
      patchSize: 256,
      patchLevel: 1,
      downsample: [4.00012, 4],
      levelSize: [512, 600],
      name: 'ä',
      savePath: '/x',
    } as const;
    await writeClamCoords(join(work, 'c.h5'), input);
    const printed = runPython(`
import h5py
d = h5py.File('c.h5')['coords']
print(d.dtype, d.chunks, d.maxshape, d[:].tolist())
for k in sorted(d.attrs): print(k, repr(d.attrs[k]))
`);
    expect(printed.split('\n')[0]).toBe('int64 (1, 2) (None, 2) [[0, 0], [256, 512]]');
    expect(printed).toContain('patch_size np.int64(256)');
    expect(printed).toContain('downsample array([4.00012, 4.     ])');
    expect(printed).toContain('level_dim array([512, 600])');
    expect(printed).toContain("name 'ä'");
    expect((await readClamCoords(join(work, 'c.h5'))).downsample).toEqual([4.00012, 4]);
  });

  test('half floats and compressed chunks are read', async () => {
    runPython(`
import h5py, numpy as np
f = h5py.File('half.h5', 'w')
f['feats'] = (np.arange(12).reshape(4, 3) / 3).astype(np.float16)
f['coords'] = np.arange(8).reshape(4, 2) * 12.5
f.attrs['unit'] = 'um'
g = h5py.File('gzip.h5', 'w')
g.create_dataset('features', data=np.arange(60, dtype=np.float64).reshape(1, 20, 3), chunks=(1, 5, 3), compression='gzip')
`);
    const half = await readFeatures(join(work, 'half.h5'));
    expect(half).toMatchObject({ count: 4, dim: 3, coordsUnit: 'um' });
    for (const [i, value] of half.features.entries()) expect(Math.abs(value - i / 3)).toBeLessThanOrEqual((i / 3) * 2 ** -11);
    const zipped = await readFeatures(join(work, 'gzip.h5'));
    expect([zipped.count, zipped.dim, zipped.features[59]]).toEqual([20, 3, 59]);
  });
});

describe.skipIf(!has('numpy'))('numpy', () => {
  test('arrays of an npz are read in every order and type', async () => {
    runPython(`
import numpy as np
a = np.arange(24).reshape(2, 3, 4)
np.savez_compressed('z.npz', f=np.asfortranarray(a.astype('<f4')), b=a.astype('>i2'), l=a, t=a > 3, s=np.float64(2.5), e=np.zeros((0, 3), 'f4'), h=a.astype('f2'))
`);
    const arrays = await readNpz(join(work, 'z.npz'));
    const count = Array.from({ length: 24 }, (_, i) => i);
    expect(Array.from(arrays.get('f')?.data as Float32Array)).toEqual(count);
    expect(Array.from(arrays.get('b')?.data as Int16Array)).toEqual(count);
    expect(Array.from(arrays.get('l')?.data as BigInt64Array, Number)).toEqual(count);
    expect(Array.from(arrays.get('t')?.data as Uint8Array)).toEqual(count.map((i) => Number(i > 3)));
    expect(arrays.get('s')).toMatchObject({ shape: [], dtype: 'float64' });
    expect(arrays.get('e')?.shape).toEqual([0, 3]);
    expect(arrays.get('h')?.dtype).toBe('float16');
  });
});

describe.skipIf(!has('torch'))('PyTorch', () => {
  test('loads what we write with weights_only, and strictly', async () => {
    const weight: TensorRecord = { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
    const bias: TensorRecord = { dtype: 'float32', shape: [2], data: Float32Array.of(7, 8) };
    await writeTorch(
      join(work, 'ours.pt'),
      new Map<string, never>([
        [
          'model',
          new Map([
            ['weight', weight],
            ['bias', bias],
          ]),
        ],
        ['epoch', 7],
        ['lr', 1e-4],
      ] as never),
    );
    await writeFeatures(join(work, 'bag.pt'), {
      features: weight.data as Float32Array,
      count: 2,
      dim: 3,
      coords: null,
      coordsUnit: null,
      attributes: {},
    });
    const printed = runPython(`
import torch
c = torch.load('ours.pt', weights_only=True)
m = torch.nn.Linear(3, 2)
print(m.load_state_dict(c['model'], strict=True), c['epoch'], c['lr'], m.weight.tolist())
print(torch.load('bag.pt', weights_only=True).tolist())
torch.save({'state_dict': m.bfloat16().state_dict(), 'n': 3}, 'theirs.pt')
`);
    expect(printed).toContain('<All keys matched successfully> 7 0.0001 [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]');
    expect((await readStateDict(join(work, 'theirs.pt'))).get('weight')).toMatchObject({ dtype: 'bfloat16', shape: [2, 3] });
  });
});
