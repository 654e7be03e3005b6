import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSlidestreamError, randomStream } from '@slidestream/core';
import { afterAll, describe, expect, test } from 'vitest';
import { exportTars, exportTfrecords, importTileStore, openTileStore, type TfrecordIndex } from './index.js';
import { encodeRecord } from './tfrecord.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-tiles-'));
afterAll(() => rmSync(work, { recursive: true }));

/** The smallest thing that has a JPEG's frame header. */
function tinyJpeg(seed: number): Buffer {
  return Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 1, 0, 1, 0, 1, 1, 17, 0, seed, 0xff, 0xd9]);
}

const part = (number: number, content: Uint8Array): Buffer => Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), content]);

/** A record as TensorFlow's own writer lays it out: keys in any order, integers packed. */
function example(slide: string, image: Uint8Array, centre: readonly [number, number]): Uint8Array {
  const packed = (value: number): Buffer =>
    part(3, part(1, Buffer.from([(value & 0x7f) | 0x80, ((value >> 7) & 0x7f) | 0x80, value >> 14])));
  const entries: readonly (readonly [string, Buffer])[] = [
    ['loc_y', packed(centre[1])],
    ['slide', part(1, part(1, Buffer.from(slide)))],
    ['image_raw', part(1, part(1, image))],
    ['loc_x', packed(centre[0])],
  ];
  return part(1, Buffer.concat(entries.map(([key, feature]) => part(1, Buffer.concat([part(1, Buffer.from(key)), part(2, feature)])))));
}

const centres = [
  [40_000, 20_000],
  [40_300, 20_000],
  [70_000, 65_000],
] as const;

describe('slideflow’s TFRecords', () => {
  const folder = join(work, 'tfrecords');
  mkdirSync(folder);
  const records = centres.map((centre, i) => encodeRecord(example('case-1', tinyJpeg(i), centre)));
  writeFileSync(join(folder, 'case-1.tfrecords'), Buffer.concat(records));

  test('become a store with the corners of tiles, and come back the same', async () => {
    const store = join(work, 'tf.lmdb');
    const report = await importTileStore(folder, store, { scale: { sizeLevel0Px: 302, mpp: 0.5 } });
    expect(report).toEqual({ slides: 1, tiles: 3, kept: 0 });
    {
      using reader = openTileStore(store);
      expect(reader.slideInfo('case-1')).toMatchObject({
        coords: [39_849, 19_849, 40_149, 19_849, 69_849, 64_849],
        scale: { mpp: 0.5, sizeLevel0Px: 302 },
      });
      expect(reader.tile('case-1', 2)).toEqual(new Uint8Array(tinyJpeg(2)));
    }
    const indexes: TfrecordIndex[] = [];
    await exportTfrecords(store, join(work, 'tf-back'), { onIndex: async (index) => void indexes.push(index) });
    expect(indexes).toMatchObject([{ slide: 'case-1', centres: centres.flat() }]);
    const back = readFileSync(join(work, 'tf-back/case-1.tfrecords'));
    expect(indexes[0]?.spans.at(-2)).toBe(back.length - (indexes[0]?.spans.at(-1) ?? 0));
    // The same tiles through a second store; the bytes of ours no longer change.
    await importTileStore(join(work, 'tf-back'), join(work, 'tf2.lmdb'), { scale: { sizeLevel0Px: 302, mpp: 0.5 } });
    await exportTfrecords(join(work, 'tf2.lmdb'), join(work, 'tf-again'));
    expect(readFileSync(join(work, 'tf-again/case-1.tfrecords')).equals(back)).toBe(true);
  });

  test('need the size of a tile, and are refused when damaged', async () => {
    await expect(importTileStore(folder, join(work, 'x.lmdb'))).rejects.toMatchObject({ code: 'store/import-facts' });
    const whole = Buffer.concat(records);
    const stream = randomStream('tfrecord');
    for (let i = 0; i < 150; i++) {
      const bad = Buffer.from(whole);
      const at = stream.integer(bad.length);
      bad[at] = (bad[at] as number) ^ (1 << stream.integer(8));
      const one = join(work, `mutated-${i}`);
      mkdirSync(one);
      writeFileSync(join(one, 'case-1.tfrecords'), i % 2 === 0 ? bad : whole.subarray(0, at));
      const error: unknown = await importTileStore(one, join(work, `m${i}.lmdb`), { scale: { sizeLevel0Px: 302 } }).catch(
        (e: unknown) => e,
      );
      if (i % 2 === 0) expect(isSlidestreamError(error, 'store/import-tfrecord')).toBe(true);
      else if (error instanceof Error) expect(isSlidestreamError(error)).toBe(true);
    }
  });
});

describe('hs2p’s archives of tiles', () => {
  const python = process.env.SLIDESTREAM_PYTHON ?? 'python3';
  const tarfile = spawnSync(python, ['-c', 'import tarfile']).status === 0;
  if (!tarfile) process.stderr.write('skipped: archives that Python writes, Python is absent\n');

  test.skipIf(!tarfile)('of Python become a store and come back byte for byte', async () => {
    const script = `
import csv, io, os, tarfile
os.makedirs('hs2p')
for name, n in (('case-1', 3), ('TCGA-A.B', 25)):
    with tarfile.open(f'hs2p/{name}.tiles.tar', 'w') as tf, open(f'hs2p/{name}.tiles.manifest.csv', 'w', newline='') as m:
        w = csv.DictWriter(m, fieldnames=['tile_index', 'x', 'y']); w.writeheader()
        for i in range(n):
            jpeg = bytes([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 1, 0, 1, 0, 1, 1, 17, 0, i, 0xff, 0xd9]) + bytes(i * 40)
            info = tarfile.TarInfo(name=f'{i:06d}.jpg'); info.size = len(jpeg)
            tf.addfile(info, io.BytesIO(jpeg))
            w.writerow({'tile_index': i, 'x': 512 * i, 'y': 1024})
`;
    const made = spawnSync(python, ['-c', script], { cwd: work, encoding: 'utf8' });
    expect(made.stderr).toBe('');
    const report = await importTileStore(join(work, 'hs2p'), join(work, 'hs2p.lmdb'), { scale: { sizeLevel0Px: 512 } });
    expect(report).toEqual({ slides: 2, tiles: 28, kept: 0 });
    await exportTars(join(work, 'hs2p.lmdb'), join(work, 'hs2p-back'));
    const names = readdirSync(join(work, 'hs2p')).sort();
    expect(readdirSync(join(work, 'hs2p-back')).sort()).toEqual(names);
    for (const name of names)
      expect(readFileSync(join(work, 'hs2p-back', name)).equals(readFileSync(join(work, 'hs2p', name))), name).toBe(true);
  });

  test('are written and read without Python, and refused when damaged', async () => {
    const store = join(work, 'tar.lmdb');
    const folder = join(work, 'plain/case-1');
    mkdirSync(folder, { recursive: true });
    for (let i = 0; i < 12; i++) writeFileSync(join(folder, `${i}.jpg`), Buffer.concat([tinyJpeg(i), Buffer.alloc(i * 100)]));
    await importTileStore(join(work, 'plain'), store, {
      infoOf: async (_, count) => ({
        reader: { name: 'test', version: '1' },
        sourceHash: '',
        width: 0,
        height: 0,
        mpp: null,
        scale: { mpp: null, level: 0, downsample: 0, sizeLevel0Px: 256 },
        coords: Array.from({ length: 2 * count }, (__, i) => 256 * i),
      }),
    });
    await exportTars(store, join(work, 'tars'));
    await importTileStore(join(work, 'tars'), join(work, 'tar2.lmdb'), { scale: { sizeLevel0Px: 256 } });
    using a = openTileStore(store);
    using b = openTileStore(join(work, 'tar2.lmdb'));
    for (let i = 0; i < 12; i++) expect(b.tile('case-1', i)).toEqual(a.tile('case-1', i));
    expect(b.slideInfo('case-1')?.coords).toEqual(a.slideInfo('case-1')?.coords);
    const archive = readFileSync(join(work, 'tars/case-1.tiles.tar'));
    for (const [at, value] of [
      [0, 0x39],
      [124, 0x37],
      [130, 0x20],
      [150, 0x39],
    ] as const) {
      const bad = Buffer.from(archive);
      bad[at] = value;
      const one = join(work, `tar-${at}`);
      mkdirSync(one);
      writeFileSync(join(one, 'case-1.tiles.tar'), bad);
      await expect(importTileStore(one, join(work, `tar-${at}.lmdb`))).rejects.toMatchObject({ code: 'store/import-tar' });
    }
  });
});

describe('the reference’s store', () => {
  const python = process.env.SLIDESTREAM_PYTHON ?? 'python3';
  const lmdb = spawnSync(python, ['-c', 'import lmdb']).status === 0;
  if (!lmdb) process.stderr.write("skipped: the reference's store there and back, Python's lmdb is absent\n");

  test.skipIf(!lmdb)('becomes ours with every key and value as it was', async () => {
    const write = `
import lmdb, pickle
env = lmdb.open('ref.lmdb', subdir=False, map_size=1 << 30)
keys, pn = [], {}
with env.begin(write=True) as txn:
    for s, n in (('case-1', 5), ('TCGA-3C.x', 70)):
        for i in range(n):
            k = ('%s-%d' % (s, i)).encode()
            txn.put(k, pickle.dumps(bytes([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 1, 0, 1, 0, 1, 1, 17, 0, i, 0xff, 0xd9]) + bytes(i * 1000), 4)); keys.append(k)
        pn[s] = n
    for name, value in ((b'__keys__', keys), (b'__len__', len(keys)), (b'__slide__', list(pn)), (b'__pn__', pn)): txn.put(name, pickle.dumps(value, 4))
env.close()
`;
    expect(spawnSync(python, ['-c', write], { cwd: work, encoding: 'utf8' }).stderr).toBe('');
    expect(await importTileStore(join(work, 'ref.lmdb'), join(work, 'ref-ours.lmdb'))).toEqual({ slides: 2, tiles: 75, kept: 0 });
    const compare = `
import lmdb, pickle
def content(p):
    with lmdb.open(p, subdir=False, readonly=True, lock=False).begin() as txn: return dict(txn.cursor())
a, b = content('ref.lmdb'), content('ref-ours.lmdb')
tables = [b'__keys__', b'__len__', b'__slide__', b'__pn__']
assert [pickle.loads(a[t]) for t in tables] == [pickle.loads(b[t]) for t in tables]
print(all(b[k] == v for k, v in a.items() if k not in tables), sorted(k for k in b if k not in a))
`;
    const { stdout, stderr } = spawnSync(python, ['-c', compare], { cwd: work, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.trim()).toBe("True [b'__slidestream__', b'__slidestream__/TCGA-3C.x', b'__slidestream__/case-1']");
  });
});
