import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type CoordsSystem, convertCoords, convertFeatures, type FeatureSystem } from './index.js';

const python = process.env.SLIDESTREAM_PYTHON ?? 'python3';
const found = spawnSync(python, ['-c', 'import h5py, numpy']).status === 0;
if (!found) process.stderr.write('skipped: round trips of files that Python writes, h5py or numpy is absent\n');
const work = mkdtempSync(join(tmpdir(), 'slidestream-interchange-py-'));
afterAll(() => rmSync(work, { recursive: true }));

function runPython(script: string): string {
  const result = spawnSync(python, ['-c', script], { encoding: 'utf8', cwd: work, maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout;
}

/** Writes a cohort as each system's own source does. */
const WRITE = `
import h5py, json, numpy as np, os
rng = np.random.default_rng(7)
N, D, slides = 41, 24, ['TCGA-AA-0001-01Z-00-DX1.0A1B', 'case_2', 'ä 3']
def folder(p): os.makedirs(p, exist_ok=True)
for s in slides:
    xy = np.stack([rng.integers(0, 90, N), rng.integers(0, 70, N)], 1) * 512
    feats = rng.standard_normal((N, D)).astype(np.float32)
    # CLAM: initialize_hdf5_bag, save_hdf5
    folder('clam/patches'); folder('clam-features/h5_files')
    with h5py.File(f'clam/patches/{s}.h5', 'w') as f:
        d = f.create_dataset('coords', shape=xy.shape, maxshape=(None, 2), chunks=(1, 2), dtype=xy.dtype)
        d[:] = xy
        for k, v in dict(patch_size=256, patch_level=1, downsample=(2.00002, 2.0), downsampled_level_dim=(23000, 18000), level_dim=(23000, 18000), name=s, save_path='./x/patches').items(): d.attrs[k] = v
    with h5py.File(f'clam-features/h5_files/{s}.h5', 'w') as f:
        for k, v in (('features', feats), ('coords', xy.astype(np.int32))):
            d = f.create_dataset(k, shape=v.shape, maxshape=(None, v.shape[1]), chunks=(32, v.shape[1]), dtype=v.dtype); d[:] = v
    # TRIDENT: coords_to_h5, save_h5
    attrs = dict(patch_size=256, patch_size_level0=512, level0_magnification=40, target_magnification=20, overlap=0, name=s, savetodir='/job', level0_width=46000, level0_height=36000)
    folder('trident/20x_256px_0px_overlap/patches'); folder('trident-features/features_uni_v1')
    def trident(path, assets, attributes):
        with h5py.File(path, 'w') as f:
            for k, v in assets.items():
                d = f.create_dataset(k, shape=v.shape, maxshape=(None,) + v.shape[1:], chunks=(1,) + v.shape[1:], dtype=v.dtype); d[:] = v
                for a, b in attributes.get(k, {}).items(): d.attrs[a] = 'None' if b is None else json.dumps(b) if isinstance(b, dict) else b
    trident(f'trident/20x_256px_0px_overlap/patches/{s}_patches.h5', {'coords': xy}, {'coords': attrs})
    trident(f'trident-features/features_uni_v1/{s}.h5', {'features': feats, 'coords': xy}, {'features': dict(name=s, savetodir='/job/f', encoder='uni_v1'), 'coords': {**attrs, 'extra': {'a': 1}, 'nothing': None}})
    # STAMP
    folder('stamp/sub')
    with h5py.File(f'stamp/{"sub/" if s == "case_2" else ""}{s}.h5', 'w') as f:
        f['coords'] = (xy * 0.2528).astype(np.float32)
        f['feats'] = feats.astype(np.float16)
        for k, v in dict(stamp_version='2.4.0', extractor='virchow2', unit='um', tile_size_um=256.0, tile_size_px=224, code_hash='0123abcd', feat_type='tile').items(): f.attrs[k] = v
    # AtlasPatch
    folder('atlaspatch/patches')
    with h5py.File(f'atlaspatch/patches/{s}.h5', 'w') as f:
        rows = np.concatenate([xy, np.tile([256, 256, 1], (N, 1))], 1).astype(np.int32)
        rows[-1, 2] = 200
        f.create_dataset('coords', data=rows, maxshape=(None, 5), chunks=(16, 5))
        names = [f'{s}__x{x}_y{y}_rw{w}_rh{h}_lv{l}_mag40_tmag20_total{N}'.encode() for x, y, w, h, l in rows.tolist()]
        f.create_dataset('passports', data=np.asarray(names, dtype='S160'), maxshape=(None,), chunks=(16,))
        for k, v in dict(patch_size=256, patch_size_level0=512, level0_magnification=40, target_magnification=20, overlap=0, level0_width=46000, level0_height=36000, wsi_path=f'/w/{s}.svs', passport_format='{stem}__x{X}_y{Y}_rw{RW}_rh{RH}_lv{LV}_mag{MAG}_tmag{TMAG}_total{TOTAL}', passport_version=2, creation_date='2026-02-03', num_patches=N).items(): f.attrs[k] = v
        f.create_dataset('features/uni_v2', data=feats, maxshape=(None, D), chunks=(8, D))
    # hs2p: np.savez_compressed, json.dumps(indent=2, sort_keys=True)
    folder('hs2p/tiles')
    np.savez_compressed(f'hs2p/tiles/{s}.coordinates.npz', tile_index=np.arange(N, dtype=np.int32), x=xy[:, 0].astype(np.int64), y=xy[:, 1].astype(np.int64), tissue_fractions=rng.random(N).astype(np.float32))
    open(f'hs2p/tiles/{s}.coordinates.meta.json', 'w').write(json.dumps({'provenance': {'sample_id': s}, 'slide': {'dimensions': [46000, 36000], 'base_spacing_um': 0.25, 'level_downsamples': [1.0, 2.0]}, 'tiling': {'requested_tile_size_px': 256, 'requested_spacing_um': 0.5, 'tile_size_lv0': 512, 'read_level': 1, 'effective_tile_size_px': 256, 'overlap': 0.0}}, indent=2, sort_keys=True) + '\\n')
    # wsinfer: save_hdf5
    folder('wsinfer/patches')
    with h5py.File(f'wsinfer/patches/{s}.h5', 'w') as f:
        d = f.create_dataset('/coords', data=xy, compression='gzip')
        d.attrs['patch_size'] = 512; d.attrs['patch_level'] = 0; d.attrs['patch_spacing_um_px'] = 0.5
    # slide2vec
    folder('slide2vec/tile_embeddings')
    np.savez_compressed(f'slide2vec/tile_embeddings/{s}.npz', features=feats.astype(np.float16))
    open(f'slide2vec/tile_embeddings/{s}.meta.json', 'w').write(json.dumps({'sample_id': s, 'feature_dim': D, 'a': 1.0}))
`;

/** Says whether two folders hold the same files with the same content, as their own libraries see it. */
const COMPARE = `
import h5py, numpy as np, os, sys
def same(a, b):
    if a.endswith('.h5'):
        with h5py.File(a) as f, h5py.File(b) as g:
            names = lambda h: (lambda out: (h.visit(out.append), out)[1])([])
            assert sorted(names(f)) == sorted(names(g)), (a, names(f), names(g))
            attrs = lambda o: {k: (type(v).__name__, getattr(v, 'dtype', None), np.asarray(v).tolist()) for k, v in o.attrs.items()}
            assert attrs(f) == attrs(g), (a, attrs(f), attrs(g))
            for n in names(f):
                assert attrs(f[n]) == attrs(g[n]), (a, n, attrs(f[n]), attrs(g[n]))
                if isinstance(f[n], h5py.Dataset):
                    assert f[n].dtype == g[n].dtype and f[n].shape == g[n].shape, (a, n, f[n].dtype, g[n].dtype)
                    assert f[n][()].tobytes() == g[n][()].tobytes(), (a, n)
                    if f[n].maxshape != f[n].shape: assert f[n].maxshape == g[n].maxshape, (a, n, f[n].maxshape, g[n].maxshape)
    elif a.endswith('.npz'):
        f, g = np.load(a), np.load(b)
        assert f.files == g.files, (f.files, g.files)
        for n in f.files: assert f[n].dtype == g[n].dtype and f[n].shape == g[n].shape and f[n].tobytes() == g[n].tobytes(), (a, n)
    else: assert open(a, 'rb').read() == open(b, 'rb').read(), a
def walk(r): return sorted(os.path.relpath(os.path.join(d, f), r) for d, _, fs in os.walk(r) for f in fs)
for a, b in PAIRS:
    fa, fb = walk(a), [n for n in walk(b) if not n.startswith('pt_files')]
    flat = lambda l: sorted(os.path.basename(n) for n in l)
    assert flat(fa) == flat(fb), (fa, fb)
    for n in fa: same(os.path.join(a, n), os.path.join(b, next(m for m in fb if os.path.basename(m) == os.path.basename(n))))
print('same')
`;

describe.skipIf(!found)('files as Python writes them', () => {
  test('go to ours and come back equal: names, values, types, attributes', async () => {
    runPython(WRITE);
    const pairs: string[] = [];
    const inWork = (name: string): string => join(work, name);
    for (const system of ['clam', 'trident', 'atlaspatch', 'hs2p', 'wsinfer'] as const satisfies readonly CoordsSystem[]) {
      // AtlasPatch keeps features in the same file; they are converted as features below.
      if (system === 'atlaspatch') continue;
      await convertCoords({ from: inWork(system), fromSystem: system, to: inWork(`${system}-ours`), toSystem: 'slidestream' });
      await convertCoords({ from: inWork(`${system}-ours`), fromSystem: 'slidestream', to: inWork(`${system}-back`), toSystem: system });
      pairs.push(`('${system}', '${system}-back')`);
    }
    const features: readonly (readonly [FeatureSystem, string])[] = [
      ['clam', 'clam-features'],
      ['trident', 'trident-features'],
      ['stamp', 'stamp'],
      ['atlaspatch', 'atlaspatch'],
      ['slide2vec', 'slide2vec'],
    ];
    for (const [system, folder] of features) {
      const ours = inWork(`${folder}-features-ours`);
      const forth = await convertFeatures({ from: inWork(folder), fromSystem: system, to: ours, toSystem: 'slidestream' });
      const back = await convertFeatures({
        from: ours,
        fromSystem: 'slidestream',
        to: inWork(`${folder}-features-back`),
        toSystem: system,
      });
      expect([...forth.failures, ...back.failures]).toEqual([]);
      expect(back.slides).toHaveLength(3);
      pairs.push(`('${folder}', '${folder}-features-back')`);
    }
    expect(runPython(`PAIRS = [${pairs.join(', ')}]\n${COMPARE}`).trim()).toBe('same');
  });
});
