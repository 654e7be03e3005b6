import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TensorRecord } from '@slidestream/core';
import type { Dataset, File, Group } from 'h5wasm/node';
import { setAttributes, type TypedAttributes, typed, typedAttributesOf } from '../hdf5-attributes.js';
import { dataset, readHdf5, writeHdf5 } from '../hdf5-file.js';
import { fillHalves, halfTemplate } from '../hdf5-half.js';
import { readRecord, writeRecord } from '../hdf5-numbers.js';
import { encodeNpz } from '../npz.js';
import { encodeTorch } from '../torch-writer.js';

/** Files as other systems write them, made by hand after their sources, for machines without Python. */

const COUNT = 7;
const DIM = 5;
const xy = Array.from({ length: COUNT }, (_, i) => [512 * (i % 3), 512 * Math.floor(i / 3)]).flat();
const int64 = (values: readonly number[], shape: readonly number[]): TensorRecord => ({
  dtype: 'int64',
  shape,
  data: BigInt64Array.from(values, BigInt),
});
const features: TensorRecord = {
  dtype: 'float32',
  shape: [COUNT, DIM],
  data: Float32Array.from({ length: COUNT * DIM }, (_, i) => Math.sin(i)),
};

async function h5(path: string, write: (file: File) => void, template?: Uint8Array): Promise<string> {
  mkdirSync(dirname(path), { recursive: true });
  await writeHdf5(path, write, template);
  return path;
}

const clamCoords: TypedAttributes = {
  downsample: { type: 'float64', value: [4.00012, 4] },
  ...typed({
    downsampled_level_dim: [1024, 768],
    level_dim: [1024, 768],
    name: 'case.1',
    patch_level: 1,
    patch_size: 128,
    save_path: '/data/patches',
    custom_downsample: 1,
  }),
};
const tridentCoords = typed({
  patch_size: 256,
  patch_size_level0: 512,
  level0_magnification: 40,
  target_magnification: 20,
  overlap: 0,
  name: 'case.1',
  savetodir: '/job/20x_256px_0px_overlap',
  level0_width: 4096,
  level0_height: 3072,
  mpp: 'None',
});
const atlasPatchFile = typed({
  patch_size: 256,
  patch_size_level0: 512,
  level0_magnification: 40,
  target_magnification: 20,
  overlap: 0,
  level0_width: 4096,
  level0_height: 3072,
  wsi_path: '/slides/case.1.svs',
  passport_format: '{stem}__x{X}_y{Y}_rw{RW}_rh{RH}_lv{LV}_mag{MAG}_tmag{TMAG}_total{TOTAL}',
  passport_version: 2,
  creation_date: '2026-01-02T03:04:05+00:00',
  num_patches: COUNT,
});

function atlasPatchRows(file: File): void {
  const rows = Int32Array.from(
    { length: COUNT * 5 },
    (_, i) => [xy[2 * Math.floor(i / 5)], xy[2 * Math.floor(i / 5) + 1], 256, 256, 1][i % 5] as number,
  );
  writeRecord(file, 'coords', { dtype: 'int32', shape: [COUNT, 5], data: rows }, { chunkRows: 4 });
  const names = Array.from(
    { length: COUNT },
    (_, i) => `case.1__x${xy[2 * i]}_y${xy[2 * i + 1]}_rw256_rh256_lv1_mag40_tmag20_total${COUNT}`,
  );
  file.create_dataset({ name: 'passports', data: names, shape: [COUNT], dtype: 'A160', chunks: [4], maxshape: [null] });
  setAttributes(file as unknown as Dataset, atlasPatchFile);
}

const hs2pMeta = `${JSON.stringify({ provenance: { sample_id: 'case.1' }, slide: { base_spacing_um: 0.25, dimensions: [4096, 3072], level_downsamples: [1, 2, 4] }, tiling: { effective_tile_size_px: 256, overlap: 0, read_level: 1, requested_spacing_um: 0.5, requested_tile_size_px: 256, tile_size_lv0: 512 } }, null, 2)}\n`;

/** One file of tile coordinates by each system, in its own folders; paths of the files to compare. */
export const coordsOf: Readonly<
  Record<'clam' | 'trident' | 'atlaspatch' | 'hs2p' | 'wsinfer', (root: string) => Promise<readonly string[]>>
> = {
  clam: async (root) => [
    await h5(join(root, 'patches/case.1.h5'), (file) =>
      setAttributes(writeRecord(file, 'coords', int64(xy, [COUNT, 2]), { chunkRows: 1 }), clamCoords),
    ),
  ],
  trident: async (root) => [
    await h5(join(root, '20x_256px_0px_overlap/patches/case.1_patches.h5'), (file) =>
      setAttributes(writeRecord(file, 'coords', int64(xy, [COUNT, 2]), { chunkRows: 1 }), tridentCoords),
    ),
  ],
  atlaspatch: async (root) => [await h5(join(root, 'patches/case.1.h5'), atlasPatchRows)],
  wsinfer: async (root) => [
    await h5(join(root, 'patches/case.1.h5'), (file) =>
      setAttributes(writeRecord(file, 'coords', int64(xy, [COUNT, 2]), { chunkRows: COUNT, gzip: true }), {
        patch_size: { type: 'int64', value: 512 },
        patch_level: { type: 'int64', value: 0 },
        patch_spacing_um_px: { type: 'float64', value: 0.5 },
      }),
    ),
  ],
  hs2p: async (root) => {
    const path = join(root, 'tiles/case.1.coordinates.npz');
    mkdirSync(dirname(path), { recursive: true });
    const axis = (offset: number): TensorRecord =>
      int64(
        xy.filter((_, i) => i % 2 === offset),
        [COUNT],
      );
    const fractions = Float32Array.from({ length: COUNT }, (_, i) => i / 10);
    const index = Int32Array.from({ length: COUNT }, (_, i) => i);
    writeFileSync(
      path,
      encodeNpz([
        ['tile_index', { dtype: 'int32', shape: [COUNT], data: index }],
        ['x', axis(0)],
        ['y', axis(1)],
        ['tissue_fractions', { dtype: 'float32', shape: [COUNT], data: fractions }],
      ]),
    );
    const meta = path.replace(/npz$/, 'meta.json');
    writeFileSync(meta, hs2pMeta);
    return [path, meta];
  },
};

/** Features by each system, in its own folders; paths of the files to compare. */
export const featuresOf: Readonly<
  Record<'clam' | 'trident' | 'stamp' | 'atlaspatch' | 'slide2vec' | 'slideflow', (root: string) => Promise<readonly string[]>>
> = {
  clam: async (root) => {
    const path = await h5(join(root, 'h5_files/case.1.h5'), (file) => {
      writeRecord(file, 'features', features, { chunkRows: 4 });
      writeRecord(file, 'coords', { dtype: 'int32', shape: [COUNT, 2], data: Int32Array.from(xy) }, { chunkRows: 4 });
    });
    mkdirSync(join(root, 'pt_files'));
    writeFileSync(join(root, 'pt_files/case.1.pt'), encodeTorch(features));
    return [path, join(root, 'pt_files/case.1.pt')];
  },
  trident: async (root) => [
    await h5(join(root, 'features_uni_v1/case.1.h5'), (file) => {
      const data = writeRecord(file, 'features', features, { chunkRows: 1 });
      setAttributes(data, typed({ name: 'case.1', savetodir: '/job/features_uni_v1', encoder: 'uni_v1' }));
      setAttributes(writeRecord(file, 'coords', int64(xy, [COUNT, 2]), { chunkRows: 1 }), tridentCoords);
    }),
  ],
  stamp: async (root) => [
    await h5(
      join(root, 'case.1.h5'),
      (file) => {
        const bits = Uint16Array.from({ length: COUNT * DIM }, (_, i) => 0x3c00 + i);
        fillHalves(dataset(file, 'case.1.h5', 'feats'), bits, [COUNT, DIM]);
        const places = Float32Array.from(xy, (value) => Math.fround(value * 0.2531));
        writeRecord(file, 'coords', { dtype: 'float32', shape: [COUNT, 2], data: places });
        const tile = { tile_size_um: { type: 'float64', value: 256 } } as const;
        setAttributes(file as unknown as Dataset, {
          ...typed({
            stamp_version: '2.3.0',
            extractor: 'chief-ctranspath',
            unit: 'um',
            tile_size_px: 224,
            code_hash: 'abcd1234',
            feat_type: 'tile',
          }),
          ...tile,
        });
      },
      halfTemplate(),
    ),
  ],
  atlaspatch: async (root) => [
    await h5(join(root, 'patches/case.1.h5'), (file) => {
      atlasPatchRows(file);
      setAttributes(
        writeRecord(file.create_group('features') as Group, 'uni_v1', features, { chunkRows: 4 }),
        typed({ embedding_dim: DIM }),
      );
    }),
  ],
  slide2vec: async (root) => {
    mkdirSync(join(root, 'tile_embeddings'), { recursive: true });
    const path = join(root, 'tile_embeddings/case.1');
    writeFileSync(`${path}.npz`, encodeNpz([['features', features]]));
    writeFileSync(`${path}.meta.json`, '{"feature_dim": 5, "tile_order": "x_then_y", "x": 1.0}\n');
    return [`${path}.npz`, `${path}.meta.json`];
  },
  slideflow: async (root) => {
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, 'case.1.pt'), encodeTorch(features));
    writeFileSync(
      join(root, 'case.1.index.npz'),
      encodeNpz([
        [
          'arr_0',
          int64(
            xy.map((value) => value + 256),
            [COUNT, 2],
          ),
        ],
      ]),
    );
    writeFileSync(join(root, 'bags_config.json'), '{"extractor": {"class": "slideflow.RetCCL"}, "tile_px": 256, "tile_um": 128.0}');
    return ['case.1.pt', 'case.1.index.npz', 'bags_config.json'].map((name) => join(root, name));
  },
};

/** All that an HDF5 file holds: numbers with their types, texts, attributes with theirs. */
export async function dumpHdf5(path: string): Promise<unknown> {
  return readHdf5(path, (file) => dumpGroup(file, path));
}

/** Numbers as what tells them apart: their type, shape and bytes. */
function digestOf({ dtype, shape, data }: TensorRecord): unknown {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { dtype, shape, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function dumpGroup(group: Group, path: string): unknown {
  const members = group.keys().map((name): readonly [string, unknown] => {
    const found = group.get(name) as Dataset | Group;
    if (!('filters' in found)) return [name, dumpGroup(found as Group, path)];
    const data = found as Dataset;
    const content = data.metadata.type === 3 ? { text: data.value, size: data.metadata.size } : digestOf(readRecord(data, path, name));
    return [name, { content, attributes: typedAttributesOf(data), maxshape: data.metadata.maxshape }];
  });
  return { attributes: typedAttributesOf(group as unknown as Dataset), members: Object.fromEntries(members) };
}
