import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readNpz, writeClamCoords } from '@slidestream/formats';
import { openTileStore } from '@slidestream/lmdb-io';
import { afterAll, describe, expect, test } from 'vitest';
import { exportTiles } from '../store/export-tiles.js';
import { importTiles } from '../store/import-tiles.js';
import { convertAnnotations } from './convert-annotations.js';
import { convertLabels } from './convert-labels.js';
import { slideFacts } from './slide-facts.js';

const work = mkdtempSync(join(tmpdir(), 'slidestream-convert-'));
afterAll(() => rmSync(work, { recursive: true }));
const context = { onProgress: () => undefined, signal: new AbortController().signal };

function file(name: string, text: string): string {
  const path = join(work, name);
  writeFileSync(path, text);
  return path;
}

describe('facts of slides', () => {
  test('come from a table by slide, and options win', async () => {
    const facts = file('facts.csv', 'slide,mpp,width,height\na.svs,0.25,4000,3000\nb,,100,50\n');
    const of = await slideFacts({ facts, magnification: 40 });
    expect(await of('a')).toEqual({ slideMpp: 0.25, width: 4000, height: 3000, magnification: 40 });
    expect(await of('b')).toEqual({ width: 100, height: 50, magnification: 40 });
    expect(await of('c')).toEqual({ magnification: 40 });
    expect(await (await slideFacts({ facts, mpp: 0.5 }))('a')).toMatchObject({ slideMpp: 0.5 });
  });

  test('come from files of coordinates too, and a table wins', async () => {
    const folder = join(work, 'facts/patches');
    mkdirSync(folder, { recursive: true });
    await writeClamCoords(join(folder, 'a.h5'), {
      coords: [0, 0],
      patchSize: 256,
      patchLevel: 1,
      downsample: [2, 2],
      levelSize: [1000, 800],
      name: 'a',
      savePath: '',
      attributes: { tile_size_px: 256, patch_size_level0: 512, tile_mpp: 0.5 },
    });
    const of = await slideFacts({ coords: join(work, 'facts'), facts: file('one.csv', 'slide,width\na,1999\n') });
    expect(await of('a')).toEqual({ slideMpp: 0.25, width: 1999, height: 1600, sizeLevel0Px: 512, sizePx: 256 });
    expect(await of('b')).toEqual({});
  });

  test.each([
    ['slide,mpp\na,zero\n', 2],
    ['slide,colour\na,red\n', 1],
    ['name,mpp\na,1\n', 1],
  ])('a table that says something else is refused: %j', async (text, line) => {
    await expect(slideFacts({ facts: file('bad.csv', text) })).rejects.toMatchObject({ code: 'cli/facts', where: { line } });
  });
});

test('annotations are converted file by file, and those that cannot be are listed', async () => {
  const from = join(work, 'model-outputs-csv');
  mkdirSync(from);
  writeFileSync(join(from, 'case.1.csv'), 'minx,miny,width,height,prob_tumor\n0,0,10,10,0.5\n10,0,10,10,0.25\n');
  writeFileSync(join(from, 'case.2.csv'), 'minx,miny,width,height,prob_tumor\n0,0,10,ten,0.5\n');
  const to = join(work, 'geojson');
  const report = await convertAnnotations({ from, to, fromSystem: 'wsinfer', toSystem: 'qupath' }, context);
  expect(report).toMatchObject({
    slides: [{ slide: 'case.1', objects: 2 }],
    leftOut: [{ slide: 'case.2', code: 'format/annotation-table' }],
  });
  const back = join(work, 'csv');
  await convertAnnotations({ from: to, to: back, fromSystem: 'qupath', toSystem: 'wsinfer' }, context);
  expect(readFileSync(join(back, 'case.1.csv'), 'utf8')).toBe(readFileSync(join(from, 'case.1.csv'), 'utf8'));
});

test('labels keep the name of their column and say what a table has no room for', async () => {
  const from = file('labels.csv', 'patient,subtype,slide,split\nP1,adeno,S1,train\nP2,squamous,S2,test\n');
  const to = join(work, 'stamp');
  const done = await convertLabels({ from, to, toSystem: 'stamp', labelColumn: 'subtype' });
  expect(done.leftOut).toEqual(['split']);
  expect(readFileSync(join(to, 'clini.csv'), 'utf8')).toBe('PATIENT,subtype\nP1,adeno\nP2,squamous\n');
  expect(readFileSync(join(to, 'slides.csv'), 'utf8')).toBe('PATIENT,FILENAME\nP1,S1.h5\nP2,S2.h5\n');
});

test('tiles are imported with CLAM’s coordinates and exported with slideflow’s index', async () => {
  const tiles = join(work, 'tiles/case-1');
  mkdirSync(tiles, { recursive: true });
  for (let i = 0; i < 3; i++)
    writeFileSync(join(tiles, `${i}.jpg`), Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 1, 0, 1, 0, 1, 1, 17, 0, i, 0xff, 0xd9]));
  const clam = join(work, 'clam/patches');
  mkdirSync(clam, { recursive: true });
  const coords = { patchSize: 256, patchLevel: 1, downsample: [2, 2], levelSize: [1000, 800], name: 'case-1', savePath: '' } as const;
  await writeClamCoords(join(clam, 'case-1.h5'), { ...coords, coords: [0, 0, 512, 0] });
  const store = join(work, 'tiles.lmdb');
  const options = { coords: join(work, 'clam'), coordsFrom: 'clam', tileMpp: 0.5 } as const;
  await expect(importTiles(join(work, 'tiles'), store, options, {})).rejects.toMatchObject({ code: 'cli/coords-count' });
  await writeClamCoords(join(clam, 'case-1.h5'), { ...coords, coords: [0, 0, 512, 0, 512, 512] });
  await importTiles(join(work, 'tiles'), store, options, {});
  {
    using reader = openTileStore(store);
    expect(reader.slideInfo('case-1')).toMatchObject({
      coords: [0, 0, 512, 0, 512, 512],
      width: 2000,
      scale: { mpp: 0.5, level: 1, downsample: 2, sizeLevel0Px: 512 },
    });
  }
  await exportTiles(store, { out: join(work, 'tf'), as: 'tfrecords' }, {});
  const index = await readNpz(join(work, 'tf/case-1.index.npz'));
  expect(Array.from(index.get('locations')?.data ?? [], Number)).toEqual([256, 256, 768, 256, 768, 768]);
  expect(index.get('arr_0')?.shape).toEqual([3, 2]);
});
