import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createTileStore, openTileStore } from './index.js';
import { madeUpInfo, madeUpJpeg, madeUpTiles, testHeader } from './testing/made-up-slides.js';

const python = process.env.SLIDESTREAM_PYTHON ?? 'python3';
const found = spawnSync(python, ['-c', 'import lmdb']).status === 0;
if (!found) process.stderr.write("skipped: exchange with python-lmdb, Python's lmdb is absent\n");
const hasNumpy = found && spawnSync(python, ['-c', 'import numpy']).status === 0;
const work = mkdtempSync(join(tmpdir(), 'slidestream-python-'));
afterAll(() => rmSync(work, { recursive: true }));

function runPython(script: string): string {
  const result = spawnSync(python, ['-c', script], { encoding: 'utf8', cwd: work, maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout;
}

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const slides: readonly (readonly [string, number])[] = [
  ['case-1', 120],
  ['TCGA-3C-AALI', 40],
  ['TCGA-3C-AALI-01Z', 11],
  ['é', 3],
];

describe.skipIf(!found)('python-lmdb', () => {
  test("reads our store by the reference's recipe, byte for byte", async () => {
    {
      await using store = await createTileStore(join(work, 'ours.lmdb'), testHeader, { batchBytes: 100_000 });
      for (const [slide, count] of slides) await store.writeSlide(slide, madeUpInfo(count), madeUpTiles(slide, count));
    }
    const printed = runPython(`
import lmdb, pickle, json, hashlib
env = lmdb.open('ours.lmdb', subdir=False, readonly=True, lock=False, readahead=False, meminit=False)
out = {}
with env.begin(write=False) as txn:
    pn = pickle.loads(txn.get(b'__pn__'))
    slides = pickle.loads(txn.get(b'__slide__'))
    keys = pickle.loads(txn.get(b'__keys__'))
    assert pickle.loads(txn.get(b'__len__')) == len(keys)
    assert all(type(k) is bytes for k in keys) and type(pn) is dict
    for slide in slides:
        for i in range(pn[slide]):
            out['%s-%d' % (slide, i)] = hashlib.sha256(pickle.loads(txn.get(('%s-%d' % (slide, i)).encode('utf8')))).hexdigest()
    assert [k.decode() for k in keys] == list(out)
    raw = txn.get(b'case-1-7')
    assert raw == pickle.dumps(pickle.loads(raw), 4)
print(json.dumps([slides, pn, out]))
`);
    const [ids, counts, hashes] = JSON.parse(printed) as [string[], Record<string, number>, Record<string, string>];
    expect(ids).toEqual(slides.map(([slide]) => slide));
    expect(counts).toEqual(Object.fromEntries(slides));
    expect(Object.keys(hashes)).toHaveLength(174);
    for (const [slide, count] of slides) for (let i = 0; i < count; i++) expect(hashes[`${slide}-${i}`]).toBe(sha(madeUpJpeg(slide, i)));
  });

  test('what it writes is read, with and without its four records, file and folder, as it is being written', () => {
    const printed = runPython(`
import lmdb, pickle, json, hashlib, os
hashes = {}
for name, subdir, records, protocol in (('py-file', False, True, 4), ('py-dir', True, True, 2), ('py-bare', False, False, 5), ('py-lag', False, 'lag', 4)):
    env = lmdb.open(name, subdir=subdir, map_size=1 << 40)
    keys, pn = [], {}
    for s, n in (('a', 2500), ('a-1', 30), ('B_x', 1)):
        with env.begin(write=True) as txn:
            for i in range(n):
                v = os.urandom(100 + (i * 7919) % (90000 if i % 50 == 0 else 3000))
                key = ('%s-%d' % (s, i)).encode()
                txn.put(key, pickle.dumps(v, protocol))
                keys.append(key)
                if i % 97 == 0: hashes['%s/%s-%d' % (name, s, i)] = hashlib.sha256(v).hexdigest()
        pn[s] = n
        if records == 'lag' and s == 'a':
            with env.begin(write=True) as txn:
                txn.put(b'__pn__', pickle.dumps(pn)); txn.put(b'__slide__', pickle.dumps(list(pn)))
    if records is True:
        with env.begin(write=True) as txn:
            txn.put(b'__keys__', pickle.dumps(keys)); txn.put(b'__len__', pickle.dumps(len(keys)))
            txn.put(b'__pn__', pickle.dumps(pn, protocol)); txn.put(b'__slide__', pickle.dumps(list(pn), protocol))
    env.close()
print(json.dumps(hashes))
`);
    const hashes = JSON.parse(printed) as Record<string, string>;
    for (const name of ['py-file', 'py-dir', 'py-bare', 'py-lag']) {
      using store = openTileStore(join(work, name));
      expect(Object.fromEntries(store.slides.map((slide) => [slide, store.tileCount(slide)])), name).toEqual({
        a: 2500,
        'a-1': 30,
        B_x: 1,
      });
      for (const [key, hash] of Object.entries(hashes).filter(([key]) => key.startsWith(`${name}/`))) {
        const [, slide, index] = /^[^/]+\/(.*)-(\d+)$/.exec(key) as unknown as [string, string, string];
        expect(sha(store.tile(slide, Number(index))), key).toBe(hash);
      }
    }
  });

  test.skipIf(!hasNumpy)('numpy values and counts are read', () => {
    runPython(`
import lmdb, pickle, numpy as np
env = lmdb.open('np.lmdb', subdir=False, map_size=1 << 30)
with env.begin(write=True) as txn:
    for p in range(6): txn.put(b's-%d' % p, pickle.dumps(np.arange(200, dtype=np.uint8) + p, p))
    txn.put(b'__pn__', pickle.dumps({'s': np.int64(6)})); txn.put(b'__slide__', pickle.dumps(['s']))
`);
    using store = openTileStore(join(work, 'np.lmdb'));
    expect(store.tileCount('s')).toBe(6);
    for (let i = 0; i < 6; i++) expect([...store.tile('s', i)]).toEqual(Array.from({ length: 200 }, (_, n) => (n + i) & 255));
  });
});
