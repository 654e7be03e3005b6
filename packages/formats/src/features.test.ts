import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TensorRecord, toFloat32 } from '@slidestream/core';
import { afterAll, describe, expect, test } from 'vitest';
import {
  encodeTorch,
  type FeatureBag,
  formatQuPath,
  isTensorRecord,
  parseQuPath,
  readFeatures,
  readSafetensors,
  readTorch,
  writeFeatures,
} from './index.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-features-'));
afterAll(() => rmSync(work, { recursive: true }));

const bag: FeatureBag = {
  features: Float32Array.from({ length: 35 * 6 }, (_, i) => Math.fround(Math.sin(i) * 3)),
  count: 35,
  dim: 6,
  coords: Float64Array.from({ length: 70 }, (_, i) => 256 * i),
  coordsUnit: 'px',
  attributes: { patch_size: 256, patch_level: 0, name: 'case-1', target_magnification: 20, mpp: 0.5 },
};

test.each(['clam', 'trident'] as const)('%s features come back as they were', async (layout) => {
  const path = join(work, `${layout}.h5`);
  const tiles = { ...bag, attributes: { ...bag.attributes, ...(layout === 'trident' ? { patch_size_level0: 512 } : {}) } };
  await writeFeatures(path, tiles, { layout });
  const { origin, ...back } = await readFeatures(path);
  expect(back).toEqual(tiles);
  expect(origin).toMatchObject({ system: layout, featureType: 'float32', coordsType: layout === 'clam' ? 'int32' : 'int64' });
});

test('STAMP features come back with coordinates in µm', async () => {
  const path = join(work, 'stamp.h5');
  await expect(writeFeatures(path, bag, { layout: 'stamp' })).rejects.toMatchObject({ code: 'format/features-unit' });
  const micrometres: FeatureBag = {
    ...bag,
    coordsUnit: 'um',
    coords: Float64Array.from({ length: 70 }, (_, i) => 128.5 * i),
    attributes: { extractor: 'r18', tile_size_um: 256 },
  };
  await expect(writeFeatures(path, { ...micrometres, features: bag.features.fill(7e4, 0, 1) }, { layout: 'stamp' })).rejects.toMatchObject({
    code: 'format/features-range',
  });
  bag.features[0] = 0.5;
  await writeFeatures(path, micrometres, { layout: 'stamp' });
  const back = await readFeatures(path);
  expect(back.coordsUnit).toBe('um');
  expect(back.coords).toEqual(micrometres.coords);
  expect(back.attributes).toMatchObject({ extractor: 'r18', unit: 'um', tile_size_um: 256, feat_type: 'tile' });
  // STAMP keeps half floats: 11 bits of the value.
  for (const [i, value] of back.features.entries())
    expect(Math.abs(value - (bag.features[i] as number))).toBeLessThanOrEqual(Math.max(2 ** -25, Math.abs(value) * 2 ** -11));
  expect(back.origin).toMatchObject({ system: 'stamp', featureType: 'float16', coordsType: 'float32' });
  await writeFeatures(join(work, 'again.h5'), back, { layout: 'stamp' });
  expect(await readFeatures(join(work, 'again.h5'))).toEqual(back);
});

test('bags of .pt and .safetensors come back', async () => {
  await writeFeatures(join(work, 'a.pt'), bag);
  const { origin, ...bare } = await readFeatures(join(work, 'a.pt'));
  expect(bare).toEqual({ ...bag, coords: null, coordsUnit: null, attributes: {} });
  expect(origin).toMatchObject({ system: 'clam', featureType: 'float32' });
  await writeFeatures(join(work, 'a.safetensors'), bag);
  expect(await readFeatures(join(work, 'a.safetensors'))).toMatchObject({ features: bag.features, coords: bag.coords, coordsUnit: 'px' });
  await expect(writeFeatures(join(work, 'a.txt'), bag)).rejects.toMatchObject({ code: 'format/features-extension' });
});

test('what writeTorch makes is read again, every type and nesting', async () => {
  const records: TensorRecord[] = [
    { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { dtype: 'float64', shape: [2], data: Float64Array.of(1.5, -2) },
    { dtype: 'bfloat16', shape: [1], data: Uint16Array.of(0x3f80) },
    { dtype: 'int64', shape: [], data: BigInt64Array.of(7n) },
    { dtype: 'bool', shape: [3], data: Uint8Array.of(1, 0, 1) },
    { dtype: 'int8', shape: [0, 4], data: new Int8Array(0) },
  ];
  const value = new Map<string, unknown>([
    ['model', new Map(records.map((record, i) => [`layer.${i}`, record]))],
    ['epoch', 7],
    ['big', 2 ** 40],
    ['rate', 1e-4],
    ['name', 'Größe'],
    ['none', null],
    ['list', [1, true, records[0]]],
    ['empty', new Map()],
  ]);
  expect(await readTorch(encodeTorch(value as never))).toEqual(value);
});

const shared = resolve(import.meta.dirname, '../../../../shared');
describe.skipIf(!existsSync(shared))('files of others', () => {
  test('a STAMP file', async () => {
    const found = await readFeatures(join(shared, 'data/bags/TCGA-AD-6964-01Z-00-DX1.stamp512.h5'));
    expect([found.count, found.dim, found.coords?.length, found.coordsUnit]).toEqual([777, 512, 1554, null]);
    expect(found.features.every(Number.isFinite)).toBe(true);
  });
  test('features as the reference writes them', async () => {
    const want = (await readSafetensors(join(shared, 'vectors/files/pt/expected.safetensors'))).get('f32') as TensorRecord;
    const found = await readFeatures(join(shared, 'vectors/files/h5/features_coords.h5'));
    expect(isTensorRecord(want) && found.features).toEqual(toFloat32(want));
    expect(found.coordsUnit).toBe('px');
  });
});

test("QuPath's annotations, old names and new", () => {
  const polygon = {
    type: 'Polygon',
    coordinates: [
      [
        [0, 0],
        [10, 0],
        [10, 10],
        [0, 0],
      ],
    ],
  };
  const text = JSON.stringify([
    {
      type: 'Feature',
      id: 'a',
      geometry: polygon,
      properties: {
        object_type: 'annotation',
        classification: { names: ['Tumor', 'Positive'], color: [255, 0, 0] },
        measurements: [{ name: 'area', value: 50 }],
      },
    },
    {
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [1, 2] },
      properties: { type: 'detection', classification: { name: 'Stroma', colorRGB: -14336 } },
    },
  ]);
  const features = parseQuPath(text);
  expect(features).toMatchObject([
    { id: 'a', objectType: 'annotation', classification: 'Tumor: Positive', color: [255, 0, 0], measurements: { area: 50 } },
    { objectType: 'detection', classification: 'Stroma', color: [255, 200, 0] },
  ]);
  expect(parseQuPath(formatQuPath(features))).toEqual(features);
  for (const bad of [
    '{',
    '{}',
    '[1]',
    '[{"geometry":{"type":"Polygon","coordinates":[[1]]}}]',
    '[{"geometry":{"type":"Curve","coordinates":[]}}]',
  ]) {
    expect(() => parseQuPath(bad)).toThrow(expect.objectContaining({ code: 'format/geojson' }));
  }
});
